import type { Metric } from '../declare/reproduction.js'
import type { Equivalence } from './statistics/equivalence.js'
import type { SeedCount } from './statistics/power.js'
import type { SequentialPlan } from './statistics/sequential.js'
import type { Superiority } from './statistics/superiority.js'

/** Seeds that a verdict other than inconclusive takes: with four, an exact test's least p is 0.0625. */
export const leastSeeds = 5

/** The power for which the seeds needed are stated. */
export const usualPower = 0.8

/** Why fewer seeds than {@link leastSeeds} decide nothing. */
export const tooFew = (n: number): string =>
  n === 1
    ? `one seed says nothing about spread; a verdict takes at least ${leastSeeds}`
    : `${n} seeds, and a verdict takes at least ${leastSeeds}`

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
  /** Seeds whose run behind a cell diverged; they count, and a claim whose number they lack stays open (default: none did). */
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

/**
 * Seeds with which an open claim would be decided at 80% power, if the spread is the one observed: more than there are, at which
 * the t-test and the sign-flip test both decide. Of a conjunction, with which each part would be supported, or one contradicted.
 */
export interface SeedsNeeded {
  /** Standard deviation of the differences, on the scale that is tested; null for a conjunction. */
  readonly sd: number | null
  readonly power: number
  /** If the effect is the one observed; null for one that is exactly at the threshold. */
  readonly observed: SeedCount | null
  /** If it is the paper's; null if the paper has none. */
  readonly paper: SeedCount | null
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
  /** Seeds for which every cell was run, but some run has no such number; they are not among `n`. */
  readonly without: number
  /** Of these, seeds with a run that diverged: with one the claim stays open. */
  readonly lost: number
  /** The level of each one-sided test: α, or that of a look. */
  readonly level: number | null
  /**
   * How far the mean lies beyond the threshold, on the claim's side if positive, and the differences' standard deviation, on the
   * scale that is tested (of ratios the logarithm); null without spread, and for a conjunction.
   */
  readonly spread: { readonly distance: number; readonly sd: number } | null
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

/** What no test was made of has none of these. */
export const untested: Omit<
  ClaimVerdict,
  'verdict' | 'n' | 'effect' | 'effectUnit' | 'test' | 'reason'
> = {
  diverged: 0,
  without: 0,
  lost: 0,
  level: null,
  spread: null,
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
