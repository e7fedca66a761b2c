import { isRetableError } from '@retable/core'
import { explainFileError } from '@retable/core/node'
import { isDrawn } from '@retable/datasets'
import { datasetFromSpec } from '@retable/datasets/node'
import type { Reproduction } from '@retable/harness'
import type { Finding } from '@retable/harness/node'
import type { TrainAndTest } from '../tiers/tier-data.js'
import type { DataRequest } from './data-request.js'

/** The sets in files that the tiers of tables train and test on, each once. */
const setsOf = (reproductions: readonly Reproduction[]): readonly DataRequest[] => {
  const sets = reproductions
    .flatMap(({ tiers = [] }) => tiers)
    .flatMap(({ settings }) => {
      const { train, test } = settings as Partial<TrainAndTest>
      return [train, test].filter((set) => set !== undefined)
    })
    .filter((set) => !isDrawn(set))
  return [...new Map(sets.map((set) => [JSON.stringify(set), set])).values()]
}

/** What a set says of itself, or why it cannot be opened. Downloads nothing; decodes no image. */
const look = async (set: DataRequest, dir: string): Promise<Finding> => {
  const { kind, split } = set
  const name = typeof split === 'string' ? `${kind} ${split}` : kind
  try {
    const found = await datasetFromSpec(set, { dir })
    const { length, fingerprint } = found
    const labels = new Set(Array.from({ length }, (_, i) => found.labelAt?.(i)))
    const classes = found.labelAt ? ` of ${labels.size} classes` : ''
    const note = `${length} images${classes} in ${dir}, fingerprint ${fingerprint.slice(0, 12)}`
    return { name, found: true, note }
  } catch (error) {
    const { path = 'it' } = error as NodeJS.ErrnoException
    const told = explainFileError(error, 'read', path)
    if (!isRetableError(told)) throw error
    return { name, found: false, note: hint(told.message) }
  }
}

/** What a caller of the library may do about a missing set, as something to do at a command line. */
const hint = (message: string): string =>
  message.replace('open the set with download: true', 'run a table on it, which downloads it')

/** The data sets in files that tables use, as a folder has them, for `doctor`. Downloads nothing; decodes no image. */
export const listData = async (
  reproductions: readonly Reproduction[],
  dir: string,
): Promise<readonly Finding[]> => {
  const all: Finding[] = []
  for (const set of setsOf(reproductions)) all.push(await look(set, dir))
  return all
}
