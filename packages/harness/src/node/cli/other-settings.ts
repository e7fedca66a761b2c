import { isRetableError } from '@retable/core/host'
import type { Report } from '../../report/report.js'
import { changedOptions } from '../../report/text/setting-text.js'
import { stateOf } from '../../report/state.js'
import type { Reproduction } from '../../declare/reproduction.js'
import { tierOf } from '../../declare/tier.js'
import type { StoredResult } from '../../unit/result.js'
import { canonicalJson } from '../../unit/canonical-json.js'
import type { Choice } from '../../plan/plan.js'

/** What was made of a table at settings other than those that were asked for. */
export interface Elsewhere {
  readonly choice: Choice
  readonly report: Report
  readonly made: number
  readonly cells: number
}

/**
 * What there is of a table at other settings of a tier, if a choice has no result: the settings are those that results
 * of the tier were planned with. The one with most cells comes first.
 */
export const reportsElsewhere = async (
  results: readonly Pick<StoredResult, 'settings'>[],
  reproduction: Reproduction,
  choice: Choice,
  reportOf: (choice: Choice) => Promise<Report>,
): Promise<readonly Elsewhere[]> => {
  const tier = tierOf(reproduction, choice.tier)?.name
  if (tier === undefined) return []
  const own = Object.keys(choice.overrides ?? {}).length > 0 ? [{}] : []
  const found: Elsewhere[] = []
  for (const overrides of [...own, ...overridesIn(results, reproduction, tier)]) {
    const other = { ...choice, tier, overrides }
    const report = await reportIfAny(() => reportOf(other))
    if (!report) continue
    const { made, cells } = stateOf(report)
    if (made > 0) found.push({ choice: other, report, made, cells })
  }
  return found.sort((a, b) => b.made - a.made)
}

/** A hint leaves out what cannot be read, and settings of another table that this one does not take. */
const reportIfAny = async (report: () => Promise<Report>): Promise<Report | undefined> => {
  try {
    return await report()
  } catch (error) {
    if (isRetableError(error)) return undefined
    throw error
  }
}

/** The changes of settings that results of a tier were planned with and that this reproduction takes, each once. */
const overridesIn = (
  results: readonly Pick<StoredResult, 'settings'>[],
  { overrides: known = {} }: Reproduction,
  tier: string,
): readonly Readonly<Record<string, number>>[] => {
  const found = new Map<string, Readonly<Record<string, number>>>()
  for (const { settings } of results) {
    const names = Object.keys(settings.overrides)
    if (settings.tier !== tier || names.length === 0) continue
    if (names.every((name) => Object.hasOwn(known, name))) {
      found.set(canonicalJson(settings.overrides), settings.overrides)
    }
  }
  return [...found.values()]
}

/** `2 of 2 cells at --steps 420, 1 of 2 at the tier’s own settings`. */
export const elsewhereText = (found: readonly Elsewhere[]): string =>
  found
    .map(({ report, made, cells }, i) => {
      const options = changedOptions(report)
      const where = options === '' ? 'the tier’s own settings' : options
      return `${made} of ${cells}${i === 0 ? ' cells' : ''} at ${where}`
    })
    .join(', ')
