import type { Metric } from '../declare/reproduction.js'
import { studentQuantile } from './statistics/student-t.js'
import { leastSeeds } from './verdict.js'
import { roundedText } from './rounded-text.js'
import { hasSpread, summarize } from './statistics/summary.js'

/**
 * How a cell of ours compares with the paper's; made of counts and in tiers marked `paper`. `no data`: it was run, and
 * has no such number.
 */
export type CellVerdict =
  'equal' | 'differs' | 'reproduced' | 'better' | 'worse' | 'inconclusive' | 'no data' | 'not run'

/** A cell's verdict with the difference and interval that it rests on. */
export interface CellComparison {
  /** What the comparison came to. */
  readonly verdict: CellVerdict
  /** Ours minus the paper's, in the metric's unit. */
  readonly delta: number | null
  /** Where one more run of ours would fall, at 95%. */
  readonly interval: readonly [number, number] | null
  /** Half the width of that interval: what "reproduced" is good for. Null without one. */
  readonly half: number | null
  /** Why it is inconclusive and what would decide it; empty otherwise. */
  readonly reason: string
}

/** The comparison of a cell without a number of ours. */
export const noComparison = (wasRun: boolean): CellComparison => ({
  verdict: wasRun ? 'no data' : 'not run',
  delta: null,
  interval: null,
  half: null,
  reason: '',
})

/** The rule of {@link compareCell}, as reports state it. */
export const cellRule: string =
  'A cell is reproduced if the paper’s number (to its printed precision) lies in our 95% prediction interval for one more ' +
  'run, mean ± t(0.975, n−1)·sd·√(1+1/n). If the metric states a tolerance, the interval’s half width, printed beside the ' +
  'verdict, must not exceed it. If the paper’s number lies outside the interval, ours is better or worse. The cell is ' +
  `inconclusive if its interval is too wide, if it has fewer than ${leastSeeds} seeds, or if its seeds do not differ.`

/** The rule for counts, as reports state it. */
export const countRule: string =
  'A count is equal if it is the paper’s number when both are rounded to the metric’s decimals.'

/**
 * Compares runs of ours with the paper's single number (see {@link cellRule}).
 *
 * The paper's number is one run of unknown spread: the question is whether it could be one more run of
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
  const open = (reason: string): CellComparison => ({
    ...{ verdict: 'inconclusive', delta, interval: null, half: null, reason },
  })
  if (sd === null) return open(`one seed, and a verdict takes at least ${leastSeeds}`)
  // Without spread there is nothing to say how far one more run would fall.
  if (!hasSpread(values)) {
    return open('the seeds do not differ: only a run in which seeds matter would decide it')
  }
  const half = halfWidth(sd, n)
  const found = { delta, interval: [mean - half, mean + half], half } as const
  if (n < leastSeeds) {
    const reason = `${n} seeds, and a verdict takes at least ${leastSeeds}`
    return { ...found, verdict: 'inconclusive', reason }
  }
  const rounding = 0.5 * 10 ** -(metric.digits ?? 1)
  if (Math.abs(delta) > half + rounding) {
    const better = metric.better === 'higher' ? delta > 0 : delta < 0
    return { ...found, verdict: better ? 'better' : 'worse', reason: '' }
  }
  const { tolerance } = metric
  if (tolerance === undefined || half <= tolerance) {
    return { ...found, verdict: 'reproduced', reason: '' }
  }
  return { ...found, verdict: 'inconclusive', reason: tooWide(sd, tolerance) }
}

/** Half of the 95% prediction interval of one more run. */
const halfWidth = (sd: number, n: number): number =>
  studentQuantile(0.975, n - 1) * sd * Math.sqrt(1 + 1 / n)

/** The seeds at which the interval would be as narrow as it has to be, if it ever is. */
const tooWide = (sd: number, tolerance: number): string => {
  const most = 1000
  if (halfWidth(sd, most) > tolerance) {
    return `its interval is wider than ±${tolerance}, and no number of seeds makes it narrower: the runs differ by more`
  }
  let seeds = leastSeeds
  while (halfWidth(sd, seeds) > tolerance) seeds++
  return `its interval is wider than ±${tolerance}; about ${seeds} seeds of this spread make it narrower`
}

/** Compares a count with the paper's, rounded to the metric's decimals (default 1). */
export const compareCount = (
  value: number,
  paper: number,
  metric: Pick<Metric, 'digits'>,
): CellComparison => {
  const digits = metric.digits ?? 1
  const equal = roundedText(value, digits) === roundedText(paper, digits)
  const verdict = equal ? 'equal' : 'differs'
  return { verdict, delta: value - paper, interval: null, half: null, reason: '' }
}
