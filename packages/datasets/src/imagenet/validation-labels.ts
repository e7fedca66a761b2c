import { RetableError } from '@retable/core/host'
import { isSynsetId } from './synsets.js'

/** The synset id of a validation image by its file name; undefined if the labels do not tell it. */
export type SynsetOfImage = (name: string) => string | undefined

const stem = (name: string): string => name.replace(/\.[^.]*$/, '')

const bad = (file: string, number: number, found: string, expected: string): RetableError =>
  new RetableError(
    'corrupt-data',
    `${file}, line ${number}: found "${found.slice(0, 60)}", expected ${expected}`,
  )

/** The lines of a text with their numbers from 1, but for empty ones at its end: those between count as lines. */
const linesOf = (text: string): readonly (readonly [line: string, number: number])[] =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line, i) => [line.trim(), i + 1] as const)

/**
 * The number of `ILSVRC2012_val_00000293`, from 1 in the ground truth's order. NaN for any other name: test images, for
 * example, have numbers too, but no labels.
 */
const numberOf = (name: string): number =>
  Number(/^ILSVRC2012_val_(\d+)$/.exec(stem(name))?.[1] ?? NaN)

const byNumber =
  (synsets: readonly string[]): SynsetOfImage =>
  (name) =>
    synsets[numberOf(name) - 1]

/**
 * Reads the devkit's `ILSVRC2012_validation_ground_truth.txt`: line i is the devkit's own class number (from 1, in an
 * order of its own) of validation image i. `synsetOfNumber` is the devkit's table of those numbers.
 */
export const parseGroundTruth = (
  file: string,
  text: string,
  synsetOfNumber: ReadonlyMap<number, string>,
): SynsetOfImage =>
  byNumber(
    linesOf(text).map(([line, number]) => {
      const id = synsetOfNumber.get(Number(line))
      if (!/^\d+$/.test(line) || id === undefined) {
        throw bad(file, number, line, "a class number of the devkit's meta.mat")
      }
      return id
    }),
  )

/** Reads a list of synset ids, line i for validation image i (`imagenet_2012_validation_synset_labels.txt`). */
export const parseSynsetLabels = (file: string, text: string): SynsetOfImage =>
  byNumber(
    linesOf(text).map(([line, number]) => {
      if (!isSynsetId(line)) throw bad(file, number, line, 'a synset id')
      return line
    }),
  )

/** Reads Kaggle's `LOC_val_solution.csv`: `ImageId,PredictionString`, the first word of which is the synset id. */
export const parseValSolution = (file: string, text: string): SynsetOfImage => {
  const labels = new Map<string, string>()
  for (const [line, number] of linesOf(text)) {
    if (line === '' || (number === 1 && /^ImageId,/i.test(line))) continue
    const [, image, id] = /^"?([^",]+)"?,"?(n\d{8})\b/.exec(line) ?? []
    if (image === undefined || id === undefined) {
      throw bad(file, number, line, 'an image id, a comma and a synset id')
    }
    labels.set(stem(image), id)
  }
  return (name) => labels.get(stem(name))
}
