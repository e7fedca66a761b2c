import { createRandom } from '@retable/core/host'
import { combinations } from './combinations.js'
import { studentCdf, studentQuantile } from './student-t.js'
import { hasSpread, summarize } from './summary.js'

/** A comparison of two independent samples' means against a margin, in both directions. */
export interface TwoSampleTest {
  /** mean(a) − mean(b). */
  readonly difference: number
  readonly df: number
  /** One-sided p of "the difference is greater than the margin", by Welch's t-test. */
  readonly pGreater: number
  readonly pLess: number
  /** The same by the exact permutation test of the difference of means. */
  readonly pGreaterPermuted: number
  readonly pLessPermuted: number
  /** At level 1 − 2α. */
  readonly interval: readonly [number, number]
}

/** Ways to divide two samples up to which the permutation test is exact. */
const mostDivisions = 200_000

/** Divisions drawn if there are more. */
const draws = 100_000

/**
 * Welch's t-test and the exact permutation test of two independent samples, for another implementation whose seeds are
 * not ours. Welch's degrees of freedom are rounded down, which errs on the side of caution. If there are more than 200,000 ways
 * to divide the numbers into two samples, 100,000 are drawn, always the same ones, and the observed one counts among them.
 *
 * Undefined if the t-test does not apply: fewer than two numbers in a sample, or no spread in either.
 *
 * @example
 * twoSampleTest([1, 2, 3], [4, 5, 6], { margin: 0, alpha: 0.05 })
 */
export const twoSampleTest = (
  a: readonly number[],
  b: readonly number[],
  { margin, alpha }: { readonly margin: number; readonly alpha: number },
): TwoSampleTest | undefined => {
  if (a.length < 2 || b.length < 2 || !(hasSpread(a) || hasSpread(b))) return undefined
  const [x, y] = [summarize(a), summarize(b)]
  const [va, vb] = [x.sd! ** 2 / x.n, y.sd! ** 2 / y.n]
  const difference = x.mean - y.mean
  const error = Math.sqrt(va + vb)
  const df = Math.max(
    1,
    Math.floor((va + vb) ** 2 / (va ** 2 / (x.n - 1) + vb ** 2 / (y.n - 1)) + 1e-9),
  )
  const t = (difference - margin) / error
  const half = studentQuantile(1 - alpha, df) * error
  const shifted = a.map((value) => value - margin)
  return {
    difference,
    df,
    pGreater: studentCdf(-t, df),
    pLess: studentCdf(t, df),
    pGreaterPermuted: permuted(shifted, b),
    pLessPermuted: permuted(
      shifted.map((value) => -value),
      b.map((value) => -value),
    ),
    interval: [difference - half, difference + half],
  }
}

/** The share of divisions of all numbers into samples of these sizes in which the first one's sum is at least as large. */
const permuted = (a: readonly number[], b: readonly number[]): number => {
  const all = [...a, ...b]
  const sum = a.reduce((total, value) => total + value, 0)
  const room = all.reduce((total, value) => total + Math.abs(value), 0) * 1e-12
  if (combinations(all.length, a.length) > mostDivisions) {
    const random = createRandom('divisions of the permutation test')
    let extreme = 1
    for (let i = 0; i < draws; i++) {
      const order = random.permutation(all.length)
      let total = 0
      for (let k = 0; k < a.length; k++) total += all[order[k]!]!
      if (total >= sum - room) extreme++
    }
    return extreme / (draws + 1)
  }
  let divisions = 0
  let atLeast = 0
  const choose = (from: number, left: number, total: number): void => {
    if (left === 0) {
      divisions++
      if (total >= sum - room) atLeast++
      return
    }
    for (let i = from; i <= all.length - left; i++) choose(i + 1, left - 1, total + all[i]!)
  }
  choose(0, a.length, 0)
  return atLeast / divisions
}
