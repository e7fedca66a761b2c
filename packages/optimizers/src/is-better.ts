import { RetableError } from '@retable/core'

/** Whether a metric is better when it is lower (a loss, an error) or higher (an accuracy). */
export type MetricMode = 'min' | 'max'

/** Whether a threshold is a fraction of the best value or an amount. */
export type ThresholdMode = 'rel' | 'abs'

/** What decides whether a metric has improved. */
export interface Improvement {
  readonly mode: MetricMode
  readonly threshold: number
  readonly thresholdMode: ThresholdMode
}

/** Throws unless mode and thresholdMode are among the known ones. */
export const checkImprovement = ({ mode, thresholdMode }: Improvement): void => {
  if (mode !== 'min' && mode !== 'max') {
    throw new RetableError('invalid-argument', `mode is 'min' or 'max', found '${String(mode)}'`)
  }
  if (thresholdMode !== 'rel' && thresholdMode !== 'abs') {
    throw new RetableError(
      'invalid-argument',
      `thresholdMode is 'rel' or 'abs', found '${String(thresholdMode)}'`,
    )
  }
}

/**
 * Whether `value` beats `best` by more than the threshold, as PyTorch's ReduceLROnPlateau has it: rel min
 * v < best·(1 − threshold), rel max v > best·(1 + threshold), abs min v < best − threshold, abs max
 * v > best + threshold. Anything finite beats null, which means that nothing was seen yet; NaN and infinities never do.
 */
export const isBetter = (
  value: number,
  best: number | null,
  { mode, threshold, thresholdMode }: Improvement,
): boolean => {
  if (!Number.isFinite(value)) return false
  if (best === null) return true
  const sign = mode === 'min' ? -1 : 1
  const bar = thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold
  return mode === 'min' ? value < bar : value > bar
}
