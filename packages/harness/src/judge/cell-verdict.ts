import type { Metric } from '../declare/reproduction.js'
import { studentQuantile } from './statistics/student-t.js'
import { roundedText } from './rounded-text.js'
import { hasSpread, summarize } from './statistics/summary.js'

/**
 * How a cell of ours stands to the paper's; made of counts and in tiers marked `paper`. `no data`: it was run, and
 * has no such number.
 */
export type CellVerdict =
  'equal' | 'differs' | 'reproduced' | 'better' | 'worse' | 'inconclusive' | 'no data' | 'not run'

/** A cell's verdict with the difference and interval that it rests on. */
export interface CellComparison {
  readonly verdict: CellVerdict
  /** Ours minus the paper's, in the metric's unit. */
  readonly delta: number | null
  /** Where one more run of ours would fall, at 95%. */
  readonly interval: readonly [number, number] | null
}

/** The comparison of a cell without a number of ours. */
export const noComparison = (wasRun: boolean): CellComparison => ({
  verdict: wasRun ? 'no data' : 'not run',
  delta: null,
  interval: null,
})

/** The rule of {@link compareCell}, as reports state it. */
export const cellRule: string =
  'A cell is reproduced where the paper’s number, give or take half of its last digit, lies in the 95% ' +
  'prediction interval of one more run of ours, mean ± t(0.975, n−1)·sd·√(1+1/n), and that interval is no wider ' +
  'to either side than the metric’s tolerance where one is stated; with a wider one, with one seed, or with seeds that ' +
  'do not differ, it is inconclusive; outside, it is better or worse.'

/** The rule for counts, as reports state it. */
export const countRule: string =
  'A count is equal where it is the paper’s number at the paper’s precision.'

/**
 * Compares runs of ours with the paper's single number (see {@link cellRule}).
 *
 * The paper's number is one run whose spread nobody knows: the question is whether it could be one more run of
 * ours, which the prediction interval answers (the mean's confidence interval would shrink with n until every
 * cell differs).
 */
export const compareCell = (
  values: readonly number[],
  paper: number,
  metric: Pick<Metric, 'better' | 'digits' | 'tolerance'>,
): CellComparison => {
  const { n, mean, sd } = summarize(values)
  const delta = mean - paper
  // Without spread there is nothing to say how far one more run would fall.
  if (sd === null || !hasSpread(values)) return { verdict: 'inconclusive', delta, interval: null }
  const half = studentQuantile(0.975, n - 1) * sd * Math.sqrt(1 + 1 / n)
  const interval = [mean - half, mean + half] as const
  const rounding = 0.5 * 10 ** -(metric.digits ?? 1)
  if (Math.abs(delta) > half + rounding) {
    const better = metric.better === 'higher' ? delta > 0 : delta < 0
    return { verdict: better ? 'better' : 'worse', delta, interval }
  }
  const wide = metric.tolerance !== undefined && half > metric.tolerance
  return { verdict: wide ? 'inconclusive' : 'reproduced', delta, interval }
}

/** Compares a count with the paper's, rounded to the metric's decimals (default 1). */
export const compareCount = (
  value: number,
  paper: number,
  metric: Pick<Metric, 'digits'>,
): CellComparison => {
  const digits = metric.digits ?? 1
  const equal = roundedText(value, digits) === roundedText(paper, digits)
  return { verdict: equal ? 'equal' : 'differs', delta: value - paper, interval: null }
}
