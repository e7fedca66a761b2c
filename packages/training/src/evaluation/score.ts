import { checkRowLabels, type Prediction } from './prediction.js'

/** What a prediction is worth. Errors are in percent, as the papers print them. */
export interface Evaluation {
  /** examples */
  readonly count: number
  /** Number of classes. */
  readonly classes: number
  /** mean of −log p(right class), natural logarithm */
  readonly loss: number
  /** percent of examples whose right class is not the likeliest one */
  readonly top1Error: number
  /** percent of examples whose right class is not among the five likeliest */
  readonly top5Error: number
  /** examples wrong under either count, for tests and intervals */
  readonly top1Wrong: number
  /** Examples whose class is not among the five most probable. */
  readonly top5Wrong: number
  /** [classes, classes], row-major: how many examples of class i (row) were taken for class j (column) */
  readonly confusion: Uint32Array
  /** percent of each class's examples that were recognized; null for a class without examples */
  readonly perClassAccuracy: readonly (number | null)[]
}

/**
 * The loss, errors and confusion matrix of a prediction.
 *
 * Classes of equal posterior rank by their number, the lower first, as argMax has it; a posterior that is NaN is
 * wrong. With five classes or fewer the top-5 error is 0.
 *
 * @throws RetableError `invalid-argument` if a row's label is no class, `mismatch` if rows and labels differ in
 * number.
 * @example
 * const { top1Error, top5Error } = score(fuse([dense, crops]))
 */
export const score = (prediction: Prediction): Evaluation => {
  const { count, classes, posteriors, labels, losses } = prediction
  checkRowLabels(labels, prediction)
  const confusion = new Uint32Array(classes * classes)
  let top1Wrong = 0
  let top5Wrong = 0
  for (let i = 0; i < count; i++) {
    const row = posteriors.subarray(i * classes, (i + 1) * classes)
    const label = labels[i]!
    const rank = rankOf(row, label)
    if (rank >= 1) top1Wrong++
    if (rank >= 5) top5Wrong++
    const slot = label * classes + likeliest(row)
    confusion[slot] = confusion[slot]! + 1
  }
  return {
    count,
    classes,
    loss: losses.reduce((sum, loss) => sum + loss, 0) / count,
    top1Error: (100 * top1Wrong) / count,
    top5Error: (100 * top5Wrong) / count,
    top1Wrong,
    top5Wrong,
    confusion,
    perClassAccuracy: Array.from({ length: classes }, (_, c) => {
      const row = confusion.subarray(c * classes, (c + 1) * classes)
      const total = row.reduce((sum, n) => sum + n, 0)
      return total === 0 ? null : (100 * row[c]!) / total
    }),
  }
}

const likeliest = (row: Float32Array): number => {
  let best = 0
  for (let j = 1; j < row.length; j++) if (row[j]! > row[best]!) best = j
  return best
}

/** How many classes come before `label`; all of them if a posterior is NaN. */
const rankOf = (row: Float32Array, label: number): number => {
  const own = row[label]!
  let before = 0
  for (let j = 0; j < row.length; j++) {
    const other = row[j]!
    if (Number.isNaN(other)) return row.length
    if (other > own || (other === own && j < label)) before++
  }
  return before
}
