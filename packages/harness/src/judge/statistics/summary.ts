import { RetableError } from '@retable/core/host'

/** Mean and spread of a few numbers. */
export interface SampleSummary {
  /** How many numbers there are. */
  readonly n: number
  /** Their mean. */
  readonly mean: number
  /** Standard deviation with n − 1 in the denominator; null for one number. */
  readonly sd: number | null
}

/**
 * Whether numbers differ by more than rounding leaves: equal differences of floating-point numbers differ by a few ulps.
 * False for one number.
 */
export const hasSpread = (values: readonly number[]): boolean => {
  const { sd } = summarize(values)
  return sd !== null && sd > Math.max(...values.map(Math.abs)) * 1e-12
}

/** Mean and sample standard deviation (n − 1), in two passes. Throws on an empty list. */
export const summarize = (values: readonly number[]): SampleSummary => {
  const n = values.length
  if (n === 0) throw new RetableError('invalid-argument', 'cannot summarize no numbers')
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  if (n === 1) return { n, mean, sd: null }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { n, mean, sd: Math.sqrt(squares / (n - 1)) }
}
