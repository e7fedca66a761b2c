/**
 * Where the places along one axis of a picture come from: place i is place `start + step·i` of the source, or the fill
 * value if that lies outside `low` ≤ place < `high`.
 */
export interface Axis {
  readonly start: number
  readonly step: 1 | -1
  readonly size: number
  readonly low: number
  readonly high: number
}

export const wholeAxis = (size: number): Axis => ({ start: 0, step: 1, size, low: 0, high: size })

/** The `size` places from `at` on. */
export const cropAxis = (axis: Axis, at: number, size: number): Axis => ({
  ...axis,
  start: axis.start + axis.step * at,
  size,
})

export const flipAxis = (axis: Axis): Axis => ({
  ...axis,
  start: axis.start + axis.step * (axis.size - 1),
  step: axis.step === 1 ? -1 : 1,
})

/** `before` and `after` fill places around an axis that has none yet. */
export const padAxis = (axis: Axis, before: number, after: number): Axis => {
  const last = axis.start + axis.step * (axis.size - 1)
  return {
    start: axis.start - axis.step * before,
    step: axis.step,
    size: axis.size + before + after,
    low: Math.min(axis.start, last),
    high: Math.max(axis.start, last) + 1,
  }
}

/** The places i, from ≤ i < to, that do come from the source. */
export const insideOf = ({ start, step, size, low, high }: Axis): { from: number; to: number } => {
  const first = step === 1 ? low - start : start - high + 1
  const end = step === 1 ? high - start : start - low + 1
  const from = Math.min(size, Math.max(0, first))
  return { from, to: Math.max(from, Math.min(size, end)) }
}
