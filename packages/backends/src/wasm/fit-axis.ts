import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Scratch } from './scratch.js'

/** Adds `before` and `after` zeros at the ends of one axis, or takes values away if they are negative. */
export const fitAxis = (
  scratch: Scratch,
  x: TensorInfo,
  axis: number,
  before: number,
  after: number,
  value = 0,
): TensorInfo => {
  let fitted = x
  if (before < 0 || after < 0) {
    const begin = x.shape.map((_, i) => (i === axis ? Math.max(-before, 0) : 0))
    const size = x.shape.map((n, i) =>
      i === axis ? n + Math.min(before, 0) + Math.min(after, 0) : n,
    )
    fitted = scratch.slice(x, begin, size)
  }
  if (before <= 0 && after <= 0) return fitted
  const paddings = x.shape.map((_, i) =>
    i === axis ? [Math.max(before, 0), Math.max(after, 0)] : [0, 0],
  )
  return scratch.run('PadV2', { x: fitted }, { paddings, constantValue: value })
}
