import { RetableError } from '@retable/core'
import { checkLabels } from '../loss/labels.js'

/**
 * What a net says of a data set: one row of posteriors an example, in the order of the examples' numbers, so that
 * predictions of several nets, scales and protocols line up and can be fused. Plain arrays.
 */
export interface Prediction {
  /** rows of posteriors */
  readonly count: number
  /** Posteriors per row. */
  readonly classes: number
  /** [count, classes], row-major; each row sums to 1 */
  readonly posteriors: Float32Array
  /**
   * −log of the right class's posterior, computed in double precision, so that it is finite if the posterior underflows; [count].
   * Kept in single precision: engines differ in the last bit of `Math.log` and `Math.exp`
   */
  readonly losses: Float32Array
  /** the right classes; [count] */
  readonly labels: Int32Array
  /** the examples' numbers in their data set, ascending; [count] */
  readonly indices: Uint32Array
}

/**
 * Checks that each row of a prediction has a label, and that it is one of the classes.
 *
 * @throws RetableError `mismatch` for more or fewer labels than rows; `invalid-argument` naming the first row whose
 * label is no class.
 */
export const checkRowLabels = (
  labels: ArrayLike<number>,
  { count, classes }: Pick<Prediction, 'count' | 'classes'>,
): void => {
  if (labels.length !== count) {
    throw new RetableError(
      'mismatch',
      `a prediction of ${count} rows has as many labels, found ${labels.length}`,
    )
  }
  checkLabels(labels, classes, (row) => `the label of row ${row}`)
}

/** Rows as they come in, in any order; `finish` sorts them. */
export const predictionBuilder = () => {
  let classes = 0
  const rows: { index: number; label: number; loss: number; posterior: Float32Array }[] = []
  return {
    add: (index: number, label: number, loss: number, posterior: Float32Array): void => {
      classes = posterior.length
      rows.push({ index, label, loss, posterior })
    },
    finish: (): Prediction => {
      if (rows.length === 0) {
        throw new RetableError('invalid-argument', 'the data to evaluate on has no examples')
      }
      rows.sort((a, b) => a.index - b.index)
      const posteriors = new Float32Array(rows.length * classes)
      rows.forEach(({ index, posterior }, i) => {
        if (i > 0 && rows[i - 1]!.index === index) {
          throw new RetableError(
            'invalid-argument',
            `the data to evaluate on gives example ${index} twice`,
          )
        }
        posteriors.set(posterior, i * classes)
      })
      return {
        count: rows.length,
        classes,
        posteriors,
        losses: Float32Array.from(rows, (row) => row.loss),
        labels: Int32Array.from(rows, (row) => row.label),
        indices: Uint32Array.from(rows, (row) => row.index),
      }
    },
  }
}
