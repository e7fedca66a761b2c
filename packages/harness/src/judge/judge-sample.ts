import type { Metric } from '../declare/reproduction.js'
import { equivalenceTest, type Equivalence } from './statistics/equivalence.js'
import { pairedTest } from './statistics/paired-t.js'
import { seedsNeeded } from './statistics/power.js'
import type { SequentialPlan } from './statistics/sequential.js'
import { signFlipTest } from './statistics/sign-flip.js'
import { superiority, type Superiority } from './statistics/superiority.js'
import { hasSpread, summarize } from './statistics/summary.js'

/** Seeds that a verdict other than inconclusive takes: with four, an exact test's least p is 0.0625. */
export const leastSeeds = 5

/**
 * What became of a claim. `not run`: there is no seed for which all of its cells were run; `no data`: there are, and
 * none of them has the number that it is about. `equivalent`: neither direction, and the difference lies within the margin that
 * the claim states.
 */
export type Verdict =
  'supported' | 'contradicted' | 'equivalent' | 'inconclusive' | 'no data' | 'not run'

/** The numbers of one cell and metric by seed. */
export type SeedValues = ReadonlyMap<number, number>

/** Where {@link judgeClaim} reads numbers from. */
export interface ClaimInput {
  /** The numbers of a cell; empty if it was not run, or has no such number. */
  values(cell: string, metric: string): SeedValues
  /** Seeds for which a cell was run. */
  seeds(cell: string): readonly number[]
  /** Seeds whose run behind a cell diverged; they count (default: none did). */
  diverged?(cell: string): readonly number[]
  /** What the reproduction declares of a metric, by its id. */
  metric(id: string): Pick<Metric, 'better' | 'unit' | 'name'>
  /** What people call a cell. */
  cellName(id: string): string
  /** The table's first metric: what an effect is on unless it says otherwise. */
  readonly mainMetric: string
  /** Level of each one-sided test, such as 0.05. */
  readonly alpha: number
  /** True for counts: compared as they are, without a test. */
  readonly exact: boolean
  /** The paper's number of a cell, if it has one: what an effect of the paper's size is. */
  readonly paper?: (cell: string, metric: string) => number | undefined
  /** False: without the seeds needed, which take most of the time. */
  readonly withNeeded?: boolean
  /** A study whose looks were stated before it grew, with its seeds in the order in which they were added. */
  readonly sequential?: SequentialPlan & { readonly seeds: readonly number[] }
}

/** Seeds with which an open claim would be decided at 80% power, if the spread is the one observed. */
export interface SeedsNeeded {
  /** Standard deviation of the differences. */
  readonly sd: number
  readonly power: number
  /** If the effect is the one observed; null for one that is exactly at the threshold, Infinity above 1000. */
  readonly observed: number | null
  /** If it is the paper's; null if the paper has none. */
  readonly paper: number | null
  /** Whose seeds they are, if not ours: another implementation's name. */
  readonly of?: string
}

/** A look at a study whose looks were stated in advance. */
export interface Look {
  /** Seeds at this look, and the level of each of its tests. */
  readonly seeds: number
  readonly level: number
  /** Every look of the study. */
  readonly looks: readonly number[]
}

/** The scale of an effect, and the value that the claim says it lies above or below. */
export interface EffectThreshold {
  /** What is tested: a difference of means, a slope over ranks, or a ratio. */
  readonly scale: 'gain' | 'slope' | 'ratio'
  /** Of the effect; empty for ratios. */
  readonly unit: string
  /** The threshold, in `unit`. */
  readonly value: number
  /** The side of `value` on which the claim holds. */
  readonly side: 'greater' | 'less'
}

/** A claim's verdict with everything it rests on. */
export interface ClaimVerdict {
  /** What the claim came to. */
  readonly verdict: Verdict
  /** Seeds for which every cell of the claim has the number. */
  readonly n: number
  /** Of these, seeds with a run that diverged: it counts, as a net that learned nothing. */
  readonly diverged: number
  /** The mean of what was tested (gain, slope, ratio); null if there is none. */
  readonly effect: number | null
  /** Unit of `effect`, with its meaning: `percentage points gain of C over B`. */
  readonly effectUnit: string
  /** What `effect` is tested against; null if it is compared exactly, and for a conjunction. */
  readonly against: EffectThreshold | null
  /** The interval at level 1 − 2α around `effect`. */
  readonly interval: readonly [number, number] | null
  /** One-sided p of the t-test for the claim, and against it. */
  readonly pFor: number | null
  /** One-sided p of the t-test against the claim. */
  readonly pAgainst: number | null
  /** The same of the exact sign-flip test. */
  readonly signFlip: { readonly pFor: number; readonly pAgainst: number } | null
  /** How often a seed's difference is on the claim's side of the threshold. */
  readonly superiority: Superiority | null
  /** Whether the difference lies within ± the margin that the claim states; null if it states none. */
  readonly equivalence: Equivalence | null
  /** What would decide it; null for a claim that is decided, or of which nothing is known. */
  readonly needed: SeedsNeeded | null
  /** The look that decided it, or the last one so far; null without stated looks. */
  readonly look: Look | null
  /** The test in words. */
  readonly test: string
  /** Why it is inconclusive, not run or without data; empty otherwise. */
  readonly reason: string
  /** The parts of a conjunction. */
  readonly parts: readonly ClaimVerdict[]
}

/** The verdict on cells of which no seed has all numbers, and why. */
export const verdictWithoutNumbers = (
  cells: readonly string[],
  input: ClaimInput,
): Pick<ClaimVerdict, 'verdict' | 'reason'> => {
  const [first, ...others] = cells.map((cell) => input.seeds(cell))
  if (first!.some((seed) => others.every((one) => one.includes(seed)))) {
    return { verdict: 'no data', reason: 'none of its seeds has this number' }
  }
  const some = cells.some((cell) => input.seeds(cell).length > 0)
  return {
    verdict: 'not run',
    reason: some ? 'no seed has all of its cells' : 'its cells were not run',
  }
}

/** What a test over seeds is made of. */
export interface Sample {
  readonly cells: readonly string[]
  /** One number a seed. */
  readonly differences: readonly number[]
  readonly margin: number
  /** Which side of the margin the claim is on. */
  readonly side: 'greater' | 'less'
  readonly effectUnit: string
  readonly scale: EffectThreshold['scale']
  readonly unit: string
  readonly test: string
  /** From the tested scale to the reported one (exp for log-ratios). */
  readonly report?: (value: number) => number
  /** The paper's own difference, on the tested scale. */
  readonly paper?: number | undefined
  /** Differences within ± this count as none: equivalence is tested too. */
  readonly equivalence?: number | undefined
}

/** What no test was made of has none of these. */
export const untested: Omit<
  ClaimVerdict,
  'verdict' | 'n' | 'effect' | 'effectUnit' | 'test' | 'reason'
> = {
  diverged: 0,
  against: null,
  interval: null,
  pFor: null,
  pAgainst: null,
  signFlip: null,
  superiority: null,
  equivalence: null,
  needed: null,
  look: null,
  parts: [],
}

/** Tests one difference per seed against the margin; see `judgeClaim`. */
export const judgeSample = (sample: Sample, input: ClaimInput): ClaimVerdict => {
  const { differences, margin, side, effectUnit, report = (value: number) => value } = sample
  const { alpha } = input
  const n = differences.length
  const mean = n === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / n
  const base = {
    ...untested,
    n,
    diverged: divergedAmong(sample.cells, input),
    effect: mean === null ? null : report(mean),
    effectUnit,
    against: input.exact
      ? null
      : { scale: sample.scale, unit: sample.unit, value: report(margin), side },
    test: sample.test,
    reason: '',
  }
  if (mean === null) return { ...base, ...verdictWithoutNumbers(sample.cells, input) }
  if (input.exact) {
    const holds = side === 'greater' ? mean > margin : mean < margin
    return { ...base, verdict: holds ? 'supported' : 'contradicted', test: 'exact comparison' }
  }
  const tested = pairedTest(differences, { margin, alpha })
  if (!tested) {
    const reason =
      n < 2
        ? `one seed says nothing about spread; a verdict takes at least ${leastSeeds}`
        : 'the seeds do not differ, and tests need spread: only a run in which seeds matter would decide it'
    return { ...base, verdict: 'inconclusive', reason }
  }
  const flipped = signFlipTest(differences, { margin })
  const [pFor, pAgainst] =
    side === 'greater' ? [tested.pGreater, tested.pLess] : [tested.pLess, tested.pGreater]
  const signFlip =
    side === 'greater'
      ? { pFor: flipped.pGreater, pAgainst: flipped.pLess }
      : { pFor: flipped.pLess, pAgainst: flipped.pGreater }
  const both = {
    pFor: Math.max(pFor, signFlip.pFor),
    pAgainst: Math.max(pAgainst, signFlip.pAgainst),
  }
  const equivalence =
    sample.equivalence === undefined
      ? null
      : (equivalenceTest(differences, { margin: sample.equivalence, alpha }) ?? null)
  const verdict =
    n < leastSeeds
      ? 'inconclusive'
      : both.pFor < alpha
        ? 'supported'
        : both.pAgainst < alpha
          ? 'contradicted'
          : equivalence?.equivalent && !disagreement(pFor, pAgainst, signFlip, alpha)
            ? 'equivalent'
            : 'inconclusive'
  // A difference on the claim's side counts as a win whichever side that is.
  const towards = side === 'greater' ? 1 : -1
  return {
    ...base,
    verdict,
    interval: [report(tested.interval[0]), report(tested.interval[1])],
    pFor,
    pAgainst,
    signFlip,
    superiority: superiority(
      differences.map((difference) => towards * (difference - margin)),
      { margin: 0, alpha },
    ),
    equivalence,
    needed: verdict === 'inconclusive' && input.withNeeded !== false ? needed(sample, input) : null,
    reason: verdict === 'inconclusive' ? whyOpen(n, pFor, pAgainst, signFlip, alpha) : '',
  }
}

/** Seeds that every cell has, of which some cell's run diverged. */
const divergedAmong = (cells: readonly string[], input: ClaimInput): number => {
  const seeds = new Set(cells.flatMap((cell) => input.diverged?.(cell) ?? []))
  return [...seeds].filter((seed) => cells.every((cell) => input.seeds(cell).includes(seed))).length
}

const whyOpen = (
  n: number,
  pFor: number,
  pAgainst: number,
  signFlip: NonNullable<ClaimVerdict['signFlip']>,
  alpha: number,
): string => {
  if (n < leastSeeds) return `${n} seeds, and a verdict takes at least ${leastSeeds}`
  const disagree = disagreement(pFor, pAgainst, signFlip, alpha)
  if (!disagree) return `neither direction has p < ${alpha}`
  const [less, more] =
    disagree.t < alpha ? ['t-test', 'sign-flip test'] : ['sign-flip test', 't-test']
  return `the tests disagree: the ${less} has p < ${alpha} ${disagree.direction} the claim, the ${more} has not`
}

/** The direction in which one test has p < α and the other has not. */
const disagreement = (
  pFor: number,
  pAgainst: number,
  signFlip: NonNullable<ClaimVerdict['signFlip']>,
  alpha: number,
) =>
  [
    { t: pFor, flip: signFlip.pFor, direction: 'for' },
    { t: pAgainst, flip: signFlip.pAgainst, direction: 'against' },
  ].find(({ t, flip }) => t < alpha !== flip < alpha)

/** Seeds that would decide a claim, for the effect observed and for the paper's. */
const needed = (
  { differences, margin, paper }: Sample,
  { alpha }: ClaimInput,
): SeedsNeeded | null => {
  if (!hasSpread(differences)) return null
  const { mean, sd } = summarize(differences)
  const power = 0.8
  const seedsFor = (effect: number) =>
    seedsNeeded({ effect: effect - margin, sd: sd!, alpha, power, least: leastSeeds })
  return {
    sd: sd!,
    power,
    observed: seedsFor(mean),
    paper: paper === undefined ? null : seedsFor(paper),
  }
}
