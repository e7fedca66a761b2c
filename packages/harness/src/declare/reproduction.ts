import type { JsonObject } from '@retable/core/host'
import type { Claim, EquivalenceMargin } from './claim.js'
import type { Override } from './override.js'
import type { StoredResult } from '../unit/result.js'
import type { Unit } from '../unit/unit.js'
import type { Tier } from './tier.js'

/** Where the table or figure is. */
export interface Source {
  /** `1409.1556v6`. */
  readonly arxiv?: string
  /** Authors, title, venue, year. */
  readonly paper: string
  /** `Table 3`, `Figure 1`, or what else is repeated. */
  readonly table?: string
  /** `Figure 1`, if it is one. */
  readonly figure?: string
  /** `4.1`. */
  readonly section?: string
  /** Where the paper is, if not on arXiv. */
  readonly url?: string
}

/** A value of the paper's protocol with the place that says so. */
export interface Cited {
  /** As the paper gives it. */
  readonly value: string | number
  /** `§3.1`. */
  readonly cite: string
}

/** A column of numbers. */
export interface Metric<M extends string = string> {
  /** The name in results and claims. */
  readonly id: M
  /** `top-1 error`. */
  readonly name: string
  /** `%`, `epochs`; empty for counts. */
  readonly unit: string
  /** Which direction is an improvement; `equal` for counts, which must agree. */
  readonly better: 'lower' | 'higher' | 'equal'
  /** Decimals printed (default 1). */
  readonly digits?: number
  /**
   * How wide, in the metric's unit, our interval may be for a cell to count as reproduced (tiers marked `paper`);
   * a wider one is inconclusive. Without it any width will do.
   */
  readonly tolerance?: number
  /**
   * How far another implementation's mean may lie from ours for the two to count as equivalent. Stated in advance; without
   * it, reference results are shown and not judged.
   */
  readonly equivalence?: EquivalenceMargin
}

/** One cell of the table: a place, the paper's numbers, and what of ours goes there. */
export interface Cell<C extends JsonObject = JsonObject, M extends string = string> {
  /** `D-256`; what `--only` and claims name it by. */
  readonly id: string
  /** The row's label, one for each of {@link Reproduction.rowHeads}. */
  readonly row: string | readonly string[]
  /** The column's label; without it the metrics are the columns. */
  readonly column?: string
  /** The paper's numbers; a metric left out is one that the paper leaves empty. */
  readonly paper?: Partial<Readonly<Record<M, number>>>
  /** What `plan` reads. Null for another method's numbers, quoted and not made. */
  readonly config: C | null
  /** Whose numbers they are, if they are quoted: `Zeiler & Fergus 2013`. */
  readonly cite?: string
}

/** What a figure of the paper draws from learning curves; a report draws the same from ours. */
export interface Figure {
  /** What is drawn: learning curves. */
  readonly show: 'curves'
  /** Names in the curves' points: `epoch`, `trainTop1`. */
  readonly x: string
  /** Name in the curves' points of what the vertical axis shows: `trainTop1`. */
  readonly y: string
  /** A value of `y` that the paper marks with a line: 25 (% training error). */
  readonly level?: number
  /** Cells whose nets are drawn (default: all). */
  readonly cells?: readonly string[]
}

/** What differs from the paper. */
export interface Deviation<S extends JsonObject = JsonObject> {
  /** What is done here. */
  readonly what: string
  /** Why it is not done as in the paper. */
  readonly why: string
  /** What that may change in the numbers. */
  readonly effect: string
  /** In which tiers and at which settings it differs so (default: always). Counts have neither, and are not asked. */
  when?(at: { readonly tier: Tier<S>; readonly settings: S }): boolean
}

/** What {@link Reproduction.plan} is asked. */
export interface PlanRequest<C extends JsonObject = JsonObject, S extends JsonObject = JsonObject> {
  /** The cell to make. */
  readonly cell: Cell<C>
  /** The cell's `config`, which is not null here. */
  readonly config: C
  /** The tier's settings with the command line's overrides; empty for counts. */
  readonly settings: S
  /** 0 for an exact reproduction. */
  readonly seed: number
}

/** One table or figure of a paper as data, and how to make it again. */
export interface Reproduction<
  C extends JsonObject = JsonObject,
  S extends JsonObject = JsonObject,
  M extends string = string,
> {
  /** `vgg-table3`. */
  readonly id: string
  /** Raised when the meaning of the table changes. */
  readonly version: number
  /** What the table shows, without its number. */
  readonly title: string
  /** Where the paper says it. */
  readonly source: Source
  /** How the paper trains and tests: each value with the section that it is from. For reports; it sets nothing. */
  readonly protocol: Readonly<Record<string, Cited>>
  /** What is measured of each cell. */
  readonly metrics: readonly Metric<M>[]
  /** Heads of the row labels: `['train S', 'test Q']` (default `['']`). */
  readonly rowHeads?: readonly string[]
  /** The cells of the table, with the numbers of the paper. */
  readonly cells: readonly Cell<C, M>[]
  /** For a figure of learning curves: what it draws. Without it a report draws each net's curves by themselves. */
  readonly figure?: Figure
  /** What the paper concludes from the table, each with its test. */
  readonly claims: readonly Claim<M>[]
  /** What is done otherwise than in the paper, and what that may change. */
  readonly deviations: readonly Deviation<NoInfer<S>>[]
  /** The quickest first, which is the default. Left out for tables of counts, which are the same everywhere and have no seeds. */
  readonly tiers?: readonly Tier<S>[]
  /** Numeric settings that the command line may change: `{ epochs: { help: 'epochs a net', takes: 'count' } }`. */
  readonly overrides?: Partial<Readonly<Record<keyof S & string, Override>>>
  /** Significance level of the claims' tests (default 0.05). */
  readonly alpha?: number
  /**
   * The unit that makes a cell for a seed. Pure: it names the work and does none. Two cells may name the same
   * unit; units needed by it (a net trained before, posteriors) are made first, once.
   */
  plan(request: PlanRequest<C, S>): Unit
  /** The cell's numbers out of its unit's result (default: the metrics of the same names). Pure. */
  read?(request: {
    readonly cell: Cell<C>
    readonly settings: S
    readonly result: Pick<StoredResult, 'metrics' | 'curve' | 'extra'>
  }): Partial<Readonly<Record<M, number>>>
}
