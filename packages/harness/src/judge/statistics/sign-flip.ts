import { createRandom } from '@retable/core/host'

/** Differences up to which the test is worked out exactly: 2²⁰ sums for each half of them. */
const mostFlipped = 40

/** Signs drawn for each difference beyond that. */
const draws = 100_000

/** The sign-flip test in both directions. */
export interface SignFlipTest {
  /** One-sided p of "the mean is greater than the margin". */
  readonly pGreater: number
  /** One-sided p of "the mean is less than the margin". */
  readonly pLess: number
}

/**
 * The exact sign-flip (paired permutation) test: of all 2ⁿ ways to give signs to the n differences from the margin, the
 * share whose sum is at least (at most) the one observed. Of more than {@link mostFlipped} differences 100,000 ways are drawn,
 * always the same ones, and the observed way counts among them: p = (1 + as extreme) / (1 + drawn), which keeps the level.
 *
 * It assumes that the differences are symmetric around the margin under the null hypothesis, and not that they are normal.
 * Its least p is 2⁻ⁿ. The sums are not listed: each half of the differences has 2^(n/2), which are sorted and matched.
 *
 * @example
 * signFlipTest([1, 2, 3, 4, 5], { margin: 0 }).pGreater // 1 / 32
 */
export const signFlipTest = (
  differences: readonly number[],
  { margin }: { readonly margin: number },
): SignFlipTest => {
  const n = differences.length
  const shifted = differences.map((difference) => difference - margin)
  const size = shifted.reduce((sum, value) => sum + Math.abs(value), 0)
  const sum = shifted.reduce((total, value) => total + value, 0)
  // Equal sums differ by rounding, according to the order in which they were added.
  const room = size * 1e-12
  if (n > mostFlipped) return drawnSigns(shifted, sum, room)
  return {
    pGreater: shareOfSums(shifted, sum - room),
    pLess: shareOfSums(
      shifted.map((value) => -value),
      -sum - room,
    ),
  }
}

const drawnSigns = (values: readonly number[], sum: number, room: number): SignFlipTest => {
  const random = createRandom('signs of the sign-flip test')
  let greater = 1
  let less = 1
  for (let i = 0; i < draws; i++) {
    let drawn = 0
    for (const value of values) drawn += random.uniform() < 0.5 ? value : -value
    if (drawn >= sum - room) greater++
    if (drawn <= sum + room) less++
  }
  return { pGreater: greater / (draws + 1), pLess: less / (draws + 1) }
}

/** The share of all signed sums that are at least `least`. */
const shareOfSums = (values: readonly number[], least: number): number => {
  const half = values.length >> 1
  const left = signedSums(values.slice(0, half))
  const right = signedSums(values.slice(half))
  let count = 0
  let from = right.length
  // The larger the one half's sum, the more of the other half's suffice.
  for (const sum of left) {
    while (from > 0 && sum + right[from - 1]! >= least) from--
    count += right.length - from
  }
  return count / 2 ** values.length
}

/** The sums of the values under all signs, ascending. */
const signedSums = (values: readonly number[]): Float64Array => {
  let sums = Float64Array.of(0)
  for (const value of values) {
    const next = new Float64Array(2 * sums.length)
    sums.forEach((sum, i) => {
      next[2 * i] = sum + value
      next[2 * i + 1] = sum - value
    })
    sums = next
  }
  return sums.sort()
}
