import { RetableError } from '@retable/core/host'

const checkDf = (df: number): void => {
  if (!Number.isSafeInteger(df) || df < 1) {
    throw new RetableError(
      'invalid-argument',
      `degrees of freedom are an integer of at least 1, found ${df}`,
    )
  }
}

/**
 * P(T ≤ t) for Student's t with a whole number of degrees of freedom, by the finite sums of Abramowitz & Stegun
 * 26.7.3 and 26.7.4, exact to about 1e-15. A paired test over n seeds has n − 1 degrees of freedom, so whole
 * numbers are all that is needed, and a general incomplete beta function is not.
 *
 * @throws RetableError `invalid-argument` unless `df` is an integer of at least 1.
 * @example
 * studentCdf(2.919985580, 2) // 0.95
 */
export const studentCdf = (t: number, df: number): number => {
  checkDf(df)
  if (t === Infinity) return 1
  if (t === -Infinity) return 0
  const theta = Math.atan(Math.abs(t) / Math.sqrt(df))
  const cos2 = Math.cos(theta) ** 2
  const odd = df % 2 === 1
  // The terms' ratios are 2/3, 4/5, … from cos θ (odd), and 1/2, 3/4, … from 1 (even).
  let term = odd ? Math.cos(theta) : 1
  let sum = df === 1 ? 0 : term
  for (let k = odd ? 3 : 2; k <= df - 2; k += 2) {
    term *= ((k - 1) / k) * cos2
    sum += term
  }
  const inside = odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum
  return t >= 0 ? 0.5 + inside / 2 : 0.5 - inside / 2
}

/**
 * The t with P(T ≤ t) = p, by bisection.
 *
 * @throws RetableError `invalid-argument` unless 0 < p < 1 and `df` is an integer of at least 1.
 * @example
 * studentQuantile(0.975, 2) // 4.302652730
 */
export const studentQuantile = (p: number, df: number): number => {
  checkDf(df)
  if (!(p > 0 && p < 1)) {
    throw new RetableError(
      'invalid-argument',
      `a quantile's p lies strictly between 0 and 1, found ${p}`,
    )
  }
  if (p === 0.5) return 0
  if (p < 0.5) return -studentQuantile(1 - p, df)
  let low = 0
  let high = 1
  while (studentCdf(high, df) < p && high < 1e300) {
    low = high
    high *= 2
  }
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (studentCdf(middle, df) < p) low = middle
    else high = middle
  }
}
