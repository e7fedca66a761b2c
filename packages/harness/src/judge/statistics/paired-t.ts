import { studentCdf, studentQuantile } from './student-t.js'
import { hasSpread, summarize } from './summary.js'

/** A one-sample t-test of differences against a margin, in both directions. */
export interface PairedTest {
  /** Number of differences. */
  readonly n: number
  /** Their mean. */
  readonly mean: number
  /** Their standard deviation, with n − 1 in the denominator. */
  readonly sd: number
  /** The statistic: (mean − margin) / (sd / √n). */
  readonly t: number
  /** Degrees of freedom: n − 1. */
  readonly df: number
  /** One-sided p of "the mean is greater than the margin". */
  readonly pGreater: number
  /** One-sided p of "the mean is less than the margin". */
  readonly pLess: number
  /** Two-sided interval for the mean at level 1 − 2α, the one that matches a one-sided test at α. */
  readonly interval: readonly [number, number]
}

/**
 * The paired t-test over seeds: t = (mean(d) − margin) / (sd(d)/√n), n − 1 degrees of freedom.
 *
 * Undefined if it does not apply: fewer than two differences, or no spread among them.
 *
 * @example
 * pairedTest([1, 2, 3], { margin: 0, alpha: 0.05 }) // t = 3.4641, pGreater = 0.0371
 */
export const pairedTest = (
  differences: readonly number[],
  { margin, alpha }: { readonly margin: number; readonly alpha: number },
): PairedTest | undefined => {
  if (differences.length < 2) return undefined
  const { n, mean, sd } = summarize(differences)
  if (sd === null || !hasSpread(differences)) return undefined
  const df = n - 1
  const standardError = sd / Math.sqrt(n)
  const t = (mean - margin) / standardError
  const pLess = studentCdf(t, df)
  const half = studentQuantile(1 - alpha, df) * standardError
  return {
    n,
    mean,
    sd,
    t,
    df,
    pGreater: studentCdf(-t, df),
    pLess,
    interval: [mean - half, mean + half],
  }
}
