import { meanLoss } from './fuse.js'
import type { Averaging } from './protocol.js'

/** Log-posteriors of a row of scores: x − max − log Σ exp(x − max), in double precision. */
const logSoftmax = (scores: ArrayLike<number>, offset: number, classes: number): Float64Array => {
  let most = -Infinity
  for (let j = 0; j < classes; j++) most = Math.max(most, scores[offset + j]!)
  let sum = 0
  for (let j = 0; j < classes; j++) sum += Math.exp(scores[offset + j]! - most)
  const shift = most + Math.log(sum)
  return Float64Array.from({ length: classes }, (_, j) => scores[offset + j]! - shift)
}

/** Collects rows of scores of one example and averages them, as posteriors or as scores. */
export interface Averager {
  add(scores: ArrayLike<number>, offset: number): void
  /** The averaged posterior and −log of it at the right class. */
  finish(): { readonly posterior: Float64Array; readonly loss: number }
}

/** An averager for an example of class `label`. */
export const averager = (average: Averaging, classes: number, label: number): Averager => {
  const sum = new Float64Array(classes)
  const losses: number[] = []
  let rows = 0
  return {
    add: (scores, offset) => {
      rows++
      if (average === 'scores') {
        for (let j = 0; j < classes; j++) sum[j] = sum[j]! + scores[offset + j]!
        return
      }
      const logs = logSoftmax(scores, offset, classes)
      losses.push(-logs[label]!)
      for (let j = 0; j < classes; j++) sum[j] = sum[j]! + Math.exp(logs[j]!)
    },
    finish: () => {
      if (average === 'scores') {
        const logs = logSoftmax(
          sum.map((value) => value / rows),
          0,
          classes,
        )
        return { posterior: logs.map(Math.exp), loss: -logs[label]! }
      }
      return {
        posterior: sum.map((value) => value / rows),
        loss: meanLoss(
          losses,
          losses.map(() => 1),
        ),
      }
    },
  }
}
