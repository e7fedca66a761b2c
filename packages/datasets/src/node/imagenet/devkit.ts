import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
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
      const path = resolve(dir, place, name)
      if (await isFile(path)) return path
    }
  }
  return undefined
}

/** The most bytes of the devkit's files, packed or not; the official ones have less than a tenth of it. */
const mostBytes = 16 * 2 ** 20

const readSmall = async (file: string): Promise<Buffer> => {
  const { size } = await stat(file)
  if (size <= mostBytes) return readFile(file)
  throw new RetableError(
    'corrupt-data',
    `${file} has ${size} bytes, expected at most ${mostBytes}: it is not the devkit's`,
  )
}

/** The thousand classes of the devkit's meta.mat by its own numbers, 1 to 1000; WordNet's inner nodes are left out. */
const readMeta = (file: string, bytes: Buffer): ReadonlyMap<number, string> => {
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

/** The files that give validation images their labels, of one of the kinds that there are. */
export interface GroundTruth {
  readonly kind: 'devkit' | 'archive' | 'solution' | 'list'
  /** the file; of a devkit's folder, the ground truth and meta.mat */
  readonly files: readonly [string, ...string[]]
}

/**
 * Finds the labels of validation images that lie in no synset folder: the devkit's folder or archive, Kaggle's
 * solution file, or a list of synset ids, in one of `dirs` or the usual folders below; undefined if there is none.
 *
 * @throws RetableError `not-found` for a devkit without meta.mat.
 */
export const findGroundTruth = async (
  dirs: readonly string[],
): Promise<GroundTruth | undefined> => {
  const truth = await find(dirs, TRUTH)
  if (truth !== undefined) {
    const meta = await find([dirname(truth), ...dirs], META)
    if (meta !== undefined) return { kind: 'devkit', files: [truth, meta] }
    throw new RetableError(
      'not-found',
      `${truth} numbers the classes as the devkit does, whose ${META} is not there; put it beside it`,
    )
  }
  for (const [kind, name] of [
    ['archive', `${DEVKIT}.tar.gz`],
    ['solution', SOLUTION],
    ['list', SYNSET_LABELS],
  ] as const) {
    const path = await find(dirs, name)
    if (path !== undefined) return { kind, files: [path] }
  }
  return undefined
}

/**
 * Reads the labels of validation images.
 *
 * @throws RetableError `corrupt-data`, naming file and line, if a file is not what it should be.
 */
export const readGroundTruth = async ({ kind, files }: GroundTruth): Promise<SynsetOfImage> => {
  const [file, meta] = files
  switch (kind) {
    case 'devkit': {
      const numbers = readMeta(meta!, await readSmall(meta!))
      return parseGroundTruth(file, await readFile(file, 'utf8'), numbers)
    }
    case 'archive': {
      const found = await readTarGz(file, [META, TRUTH], mostBytes)
      const numbers = readMeta(`${META} in ${file}`, Buffer.from(found.get(META)!))
      const text = Buffer.from(found.get(TRUTH)!).toString('utf8')
      return parseGroundTruth(`${TRUTH} in ${file}`, text, numbers)
    }
    case 'solution':
      return parseValSolution(file, await readFile(file, 'utf8'))
    case 'list':
      return parseSynsetLabels(file, await readFile(file, 'utf8'))
    default:
      return kind satisfies never
  }
}
