import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RetableError } from '@retable/core/host'
import { isSynsetId } from '../../imagenet/synsets.js'
import {
  parseGroundTruth,
  parseSynsetLabels,
  parseValSolution,
} from '../../imagenet/validation-labels.js'
import type { SynsetOfImage } from '../../imagenet/validation-labels.js'
import { readTarGz } from '../archive.js'
import { readMatStructs } from './mat-file.js'

const TRUTH = 'ILSVRC2012_validation_ground_truth.txt'
const META = 'meta.mat'
const DEVKIT = 'ILSVRC2012_devkit_t12'
const SOLUTION = 'LOC_val_solution.csv'
const SYNSET_LABELS = 'imagenet_2012_validation_synset_labels.txt'

/** Where the files that give labels are looked for, below each of the folders given. */
const places = ['.', `${DEVKIT}/data`, DEVKIT, 'devkit/data', 'devkit', 'data', 'ILSVRC2012_devkit']

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

const find = async (dirs: readonly string[], name: string): Promise<string | undefined> => {
  for (const dir of dirs) {
    for (const place of places) {
      const path = join(dir, place, name)
      if (await isFile(path)) return path
    }
  }
  return undefined
}

/** The thousand classes of the devkit's meta.mat by its own numbers, 1 to 1000; WordNet's inner nodes are left out. */
export const readMeta = (file: string, bytes: Buffer): ReadonlyMap<number, string> => {
  const synsetOfNumber = new Map<number, string>()
  for (const record of readMatStructs(file, bytes, 'synsets')) {
    const { ILSVRC2012_ID: number, WNID: id, num_children: children } = record
    const first = Array.isArray(number) ? (number[0] as number | undefined) : undefined
    if (first === undefined || typeof id !== 'string' || !isSynsetId(id)) {
      throw new RetableError(
        'corrupt-data',
        `${file}: a record of "synsets" has ILSVRC2012_ID ${JSON.stringify(number)} and WNID ${JSON.stringify(id)}, expected a number and a synset id`,
      )
    }
    const inner = Array.isArray(children) && ((children[0] as number | undefined) ?? 0) > 0
    if (!inner) synsetOfNumber.set(first, id)
  }
  return synsetOfNumber
}

/** What gives a flat validation folder its labels, for messages. */
export const groundTruthFiles: string = `${DEVKIT}.tar.gz or its folder (${META} and ${TRUTH}), ${SOLUTION} or ${SYNSET_LABELS}`

/**
 * The labels of validation images that lie in no synset folder, from the devkit's folder or archive, Kaggle's
 * solution file, or a list of synset ids, in one of `dirs` or the usual folders below; undefined where there is none.
 *
 * @throws RetableError `corrupt-data`, naming file and line, where one is not what it should be.
 */
export const readGroundTruth = async (
  dirs: readonly string[],
): Promise<SynsetOfImage | undefined> => {
  const truth = await find(dirs, TRUTH)
  if (truth !== undefined) {
    const meta = await find([dirname(truth), ...dirs], META)
    if (meta === undefined) {
      throw new RetableError(
        'not-found',
        `${truth} numbers the classes as the devkit does, whose ${META} is not there; put it beside it`,
      )
    }
    return parseGroundTruth(
      truth,
      await readFile(truth, 'utf8'),
      readMeta(meta, await readFile(meta)),
    )
  }
  const archive = await find(dirs, `${DEVKIT}.tar.gz`)
  if (archive !== undefined) {
    const files = await readTarGz(archive, [META, TRUTH])
    const bytes = (name: string) => Buffer.from(files.get(name)!)
    const meta = readMeta(`${META} in ${archive}`, bytes(META))
    return parseGroundTruth(`${TRUTH} in ${archive}`, bytes(TRUTH).toString('utf8'), meta)
  }
  const solution = await find(dirs, SOLUTION)
  if (solution !== undefined) return parseValSolution(solution, await readFile(solution, 'utf8'))
  const labels = await find(dirs, SYNSET_LABELS)
  return labels === undefined
    ? undefined
    : parseSynsetLabels(labels, await readFile(labels, 'utf8'))
}
