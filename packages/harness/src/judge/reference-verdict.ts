import { leastSeeds, tooFew, usualPower, type SeedValues } from './verdict.js'
import { pairedTest } from './statistics/paired-t.js'
import { seedsNeeded, type SeedCount } from './statistics/power.js'
import { signFlipTest } from './statistics/sign-flip.js'
import { summarize } from './statistics/summary.js'
import { twoSampleTest } from './statistics/two-sample.js'

/** How a cell of ours compares with another implementation's. */
export type ReferenceVerdict = 'equivalent' | 'different' | 'inconclusive'

/** The comparison of one number with another implementation's. */
export interface ReferenceComparison {
  readonly verdict: ReferenceVerdict
  /** Mean of ours minus mean of theirs, over the seeds that are compared. */
  readonly difference: number
  /** At level 1 − 2α; null if the tests do not apply. */
  readonly interval: readonly [number, number] | null
  /** Seeds of ours and of theirs; the same if they are compared in pairs. */
  readonly n: readonly [number, number]
  /** The larger p of the two one-sided t-tests within ± the margin, and of the two exact tests. */
  readonly p: number | null
  readonly pExact: number | null
  readonly margin: number
  /** Seeds of each that would decide it at 80% power, if difference and spread stay as they are; null if it is decided, or unknown. */
  readonly needed: SeedCount | null
  /** Why it is inconclusive; empty otherwise. */
  readonly reason: string
}

/** The rule of {@link compareWithReference}, as reports state it. */
export const referenceRule = (alpha: number): string =>
  'Ours is equivalent to another implementation’s if the difference of the means lies within ± the margin that the ' +
  `reproduction states, by two one-sided tests at α = ${alpha} of both kinds (t-test and exact test); different if it lies ` +
  `outside by both; else, and with fewer than ${leastSeeds} seeds, inconclusive.`

/**
 * Compares ours with another implementation's numbers (see {@link referenceRule}). Pairs are compared by the paired t-test
 * and the exact sign-flip test, independent seeds by Welch's t-test and the exact permutation test.
 *
 * Undefined if there is nothing to compare.
 */
export const compareWithReference = (
  ours: SeedValues,
  theirs: SeedValues,
  {
    margin,
    paired,
    alpha,
  }: { readonly margin: number; readonly paired: boolean; readonly alpha: number },
): ReferenceComparison | undefined => {
  const shared = [...ours.keys()].filter((seed) => !paired || theirs.has(seed))
  const a = shared.map((seed) => ours.get(seed)!)
  const b = paired ? shared.map((seed) => theirs.get(seed)!) : [...theirs.values()]
  if (a.length === 0 || b.length === 0) return undefined
  const found = {
    difference: summarize(a).mean - summarize(b).mean,
    n: [a.length, b.length],
    margin,
    needed: null,
  } as const
  const tested = paired
    ? testPairs(
        a.map((value, i) => value - b[i]!),
        margin,
        alpha,
      )
    : testSamples(a, b, margin, alpha)
  const open = (reason: string): ReferenceComparison => ({
    ...{ interval: tested?.interval ?? null, p: null, pExact: null },
    ...found,
    ...(tested && { p: tested.within[0], pExact: tested.within[1] }),
    verdict: 'inconclusive',
    reason,
  })
  const least = Math.min(a.length, b.length)
  if (least < leastSeeds) return open(tooFew(least))
  if (!tested) return open('the difference is the same for every seed, and tests need spread')
  const { within, outside, interval, sd } = tested
  const both = ([t, exact]: readonly [number, number]) => Math.max(t, exact) < alpha
  const verdict = both(within) ? 'equivalent' : both(outside) ? 'different' : undefined
  if (verdict === undefined) {
    // Each side of the margin is tested by itself: the nearer one decides.
    const needed = seedsNeeded({
      ...{ effect: margin - Math.abs(found.difference), sd, alpha, power: usualPower },
      least: least + 1,
    })
    return {
      ...open(`neither within nor outside ±${margin} has p < ${alpha} by both tests`),
      needed,
    }
  }
  return { ...found, verdict, interval, p: within[0], pExact: within[1], reason: '' }
}

/** p of the t-test and of the exact test, that the difference lies within ± the margin, and that it lies outside. */
interface Tested {
  readonly within: readonly [number, number]
  readonly outside: readonly [number, number]
  readonly interval: readonly [number, number]
  /** Standard deviation of one seed's difference. */
  readonly sd: number
}

const testPairs = (
  differences: readonly number[],
  margin: number,
  alpha: number,
): Tested | undefined => {
  const low = pairedTest(differences, { margin: -margin, alpha })
  const high = pairedTest(differences, { margin, alpha })
  if (!low || !high) return undefined
  const lowFlip = signFlipTest(differences, { margin: -margin })
  const highFlip = signFlipTest(differences, { margin })
  return {
    within: [Math.max(low.pGreater, high.pLess), Math.max(lowFlip.pGreater, highFlip.pLess)],
    outside:
      low.pLess < high.pGreater ? [low.pLess, lowFlip.pLess] : [high.pGreater, highFlip.pGreater],
    interval: high.interval,
    sd: high.sd,
  }
}

const testSamples = (
  a: readonly number[],
  b: readonly number[],
  margin: number,
  alpha: number,
): Tested | undefined => {
  const low = twoSampleTest(a, b, { margin: -margin, alpha })
  const high = twoSampleTest(a, b, { margin, alpha })
  if (!low || !high) return undefined
  return {
    within: [
      Math.max(low.pGreater, high.pLess),
      Math.max(low.pGreaterPermuted, high.pLessPermuted),
    ],
    outside:
      low.pLess < high.pGreater
        ? [low.pLess, low.pLessPermuted]
        : [high.pGreater, high.pGreaterPermuted],
    interval: high.interval,
    sd: Math.hypot(summarize(a).sd!, summarize(b).sd!),
  }
}
