import type { Curve } from '@retable/harness'

/**
 * Epochs until the training error (`trainTop1`, percent) first comes down to `level`, linearly between the two points
 * of the curve around it; undefined if it never does.
 *
 * @example
 * epochsTo([{ epoch: 1, trainTop1: 60 }, { epoch: 2, trainTop1: 20 }], 30) // 1.75
 */
export const epochsTo = (curve: Curve, level: number): number | undefined => {
  const points = curve.filter((point) => 'trainTop1' in point)
  const found = points.findIndex((point) => point['trainTop1']! <= level)
  if (found < 0) return undefined
  const [before, after] = [points[found - 1], points[found]!]
  if (!before) return after['epoch']!
  const share = (before['trainTop1']! - level) / (before['trainTop1']! - after['trainTop1']!)
  return before['epoch']! + share * (after['epoch']! - before['epoch']!)
}
