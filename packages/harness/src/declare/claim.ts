/**
 * A statement of the paper about its numbers, with the test that decides it over seeds. "Better" follows the
 * metric's `better`. Tests are paired by seed and one-sided, at {@link Reproduction.alpha} (0.05 unless given).
 */
export type Claim<M extends string = string> = {
  readonly id: string
  /** The claim in a sentence, as the report prints it. */
  readonly text: string
  /** Where the paper makes it: `§4.1`. */
  readonly cite: string
} & ClaimTest<M>

/** How a claim is decided; see each member. */
export type ClaimTest<M extends string = string> =
  | BetterTest<M>
  | NotBetterTest<M>
  | ImprovingTest<M>
  | TrendTest<M>
  | RatioTest<M>
  | EqualTest<M>
  | AllTest<M>

/** Up to which size a difference counts as none, stated in advance. */
export interface EquivalenceMargin {
  /** Differences within ± this, in the metric's unit, count as none. */
  readonly within: number
  /** Why so much and no less, in a phrase: `half of the paper’s 1.4 points`. */
  readonly why: string
}

/**
 * `cell` is better than `than`, by more than `margin` (default 0, in the metric's unit). Neither supported nor contradicted, but
 * `equivalent`, if the difference lies within ± `equivalence.within` by two one-sided tests.
 */
export interface BetterTest<M extends string = string> {
  /** `cell` is better than `than`. */
  readonly test: 'better'
  /** The metric compared. */
  readonly metric: M
  /** The cell that should be better. */
  readonly cell: string
  /** The cell that it is compared with. */
  readonly than: string
  /** By more than this, in the metric's unit (default 0). */
  readonly margin?: number
  /** The gain that the paper states, in the metric's unit, if its table lacks one of the cells. */
  readonly paperGain?: number
  /** What counts as no difference; without it, equivalence is not tested. */
  readonly equivalence?: EquivalenceMargin
}

/**
 * `cell` is not better than `than` by more than `margin`: a smaller gain counts as none. Supported if the
 * gain is significantly below the margin (a non-inferiority test), contradicted if significantly above.
 */
export interface NotBetterTest<M extends string = string> {
  /** `cell` is not better than `than`. */
  readonly test: 'not-better'
  /** The metric compared. */
  readonly metric: M
  /** The cell that should not be better. */
  readonly cell: string
  /** The cell that it is compared with. */
  readonly than: string
  /** Gains below this count as none, in the metric's unit; the two are equivalent if the gain lies within ± it. */
  readonly margin: number
  /** Why so much and no less, in a phrase. */
  readonly why?: string
}

/** Each cell is better than the one before it: the conjunction of the neighbors' `better` tests. */
export interface ImprovingTest<M extends string = string> {
  /** Each cell is better than the one before. */
  readonly test: 'improving'
  /** The metric compared. */
  readonly metric: M
  /** From the worst to the best. */
  readonly cells: readonly string[]
}

/** The metric improves with `x` (depth, say): a t-test over seeds of each seed's least-squares slope. */
export interface TrendTest<M extends string = string> {
  /** The metric improves along `x`. */
  readonly test: 'trend'
  /** The metric compared. */
  readonly metric: M
  /** The cells on the line. */
  readonly cells: readonly string[]
  /** One number a cell. */
  readonly x: readonly number[]
  /** What `x` counts, one of it: `layer`. */
  readonly per?: string
}

/** metric(`of`) / metric(`to`) is at least (or at most) a number. A t-test over seeds of the log-ratio. */
export interface RatioTest<M extends string = string> {
  /** The ratio of two cells lies within bounds. */
  readonly test: 'ratio'
  /** The metric compared. */
  readonly metric: M
  /** The cell above the line. */
  readonly of: string
  /** The cell below the line. */
  readonly to: string
  /** The least ratio that agrees with the claim. */
  readonly atLeast?: number
  /** The largest ratio that agrees with the claim. */
  readonly atMost?: number
}

/** The cell's number, rounded to `digits` decimals, is `value`. For counts: no seeds, no test. */
export interface EqualTest<M extends string = string> {
  /** The number is a given one: for counts. */
  readonly test: 'equal'
  /** The metric compared. */
  readonly metric: M
  /** The cell that is counted. */
  readonly cell: string
  /** What it must be. */
  readonly value: number
  /** Decimals that count; without it the numbers must be equal. */
  readonly digits?: number
}

/** All of them hold. */
export interface AllTest<M extends string = string> {
  /** Every part holds. */
  readonly test: 'all'
  /** The parts. */
  readonly of: readonly ClaimTest<M>[]
}
