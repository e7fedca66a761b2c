import type { ClaimTest } from '../declare/claim.js'
import type { Metric } from '../declare/reproduction.js'
import { judgeAll } from './judge-all.js'
import { roundedText } from './rounded-text.js'
import type { SequentialPlan } from './statistics/sequential.js'
import { leastSquaresSlope } from './statistics/slope.js'
import { judgeSample } from './judge-sample.js'
import {
  leastSeeds,
  tooFew,
  untested,
  verdictWithoutNumbers,
  type ClaimInput,
  type ClaimVerdict,
} from './verdict.js'

/** The rule of {@link judgeClaim}, as reports state it. */
export const claimRule = (alpha: number): string =>
  `Claims: each is tested by two one-sided tests paired by seed at α = ${alpha}, the t-test and the exact sign-flip test. It is ` +
  'supported if both have p < α for it, contradicted if both have p < α against it, and inconclusive if they disagree. Otherwise ' +
  'it is equivalent if the difference lies within ± the margin that the claim states in advance (two one-sided tests of both ' +
  `kinds), and inconclusive if not. With fewer than ${leastSeeds} seeds it is always inconclusive. A claim of several parts is ` +
  'supported if each part is (intersection-union test), and contradicted if a part is after Holm’s correction over the parts. ' +
  'Claims of a table are not corrected for each other: each is judged by itself.'

/** The rule of a study with stated looks, as reports state it. */
export const lookRule = ({ looks, level }: SequentialPlan, alpha: number): string =>
  `Seeds were added to the cells of open claims, at looks stated in advance: ${looks.join(', ')} seeds. Each test at each look ` +
  `is at level ${level.toFixed(4)} (Pocock’s rule), so that a claim without an effect is decided for it at any look with ` +
  `a probability of at most α = ${alpha}; the first look that decides a claim is its verdict.`

/**
 * Decides a claim.
 *
 * One part: differences (gains in the metric's better direction, slopes, log-ratios) are formed seed by seed
 * over the seeds that all its cells share, and tested against the margin with two one-sided tests: the one-sample t-test
 * and the exact sign-flip test. Supported if both have p < α in the claim's direction, contradicted if both have it in
 * the opposite one, equivalent if the difference lies within ± the margin that a claim states (two one-sided tests of both
 * kinds), otherwise inconclusive; always inconclusive with fewer than {@link leastSeeds} seeds, if the
 * differences have no spread, and if the tests disagree.
 *
 * Without a seed that has all numbers: `not run` if no seed has all cells, `no data` otherwise.
 *
 * Several parts (`improving`, `all`): supported if each part is at α. That is the intersection-union test, whose size is
 * at most α without a correction. Contradicted if some part's opposite survives Holm's correction over the parts: its
 * larger p times their number is below α.
 *
 * In a study with stated looks (`input.sequential`), the first look that decides it is its verdict, at the level of each
 * look; without one, that of the last look whose seeds are all there.
 *
 * Counts (`exact`): compared as they are.
 */
export const judgeClaim = (test: ClaimTest, input: ClaimInput): ClaimVerdict => {
  const { sequential, exact } = input
  if (!sequential || exact) return judgeNow(test, input)
  const { looks, level, seeds } = sequential
  const runs = cellsOf(test).map((cell) => new Set(input.seeds(cell)))
  const isComplete = (look: number) =>
    seeds.length >= look && seeds.slice(0, look).every((seed) => runs.every((run) => run.has(seed)))
  const judgeAt = (look: number, withNeeded: boolean): ClaimVerdict => {
    const taken = new Set(seeds.slice(0, look))
    const judged = judgeNow(test, {
      ...input,
      alpha: level,
      withNeeded,
      values: (cell, metric) =>
        new Map([...input.values(cell, metric)].filter(([seed]) => taken.has(seed))),
      seeds: (cell) => input.seeds(cell).filter((seed) => taken.has(seed)),
    })
    return { ...judged, look: { seeds: look, level, looks } }
  }
  const made = looks.filter(isComplete)
  for (const look of made) {
    const judged = judgeAt(look, false)
    if (isDecided(judged)) return judged
  }
  const last = made.at(-1)
  if (last !== undefined) return judgeAt(last, input.withNeeded !== false)
  // Before the first look nothing is tested: the numbers are shown, and no verdict.
  const judged = judgeNow(test, { ...input, alpha: level })
  if (judged.n === 0) return judged
  return {
    ...judged,
    verdict: 'inconclusive',
    reason: `the study’s first look is at ${looks[0]} seeds`,
    look: { seeds: 0, level, looks },
  }
}

/** Whether more seeds would not change what is said of a claim. */
export const isDecided = ({ verdict }: Pick<ClaimVerdict, 'verdict'>): boolean =>
  verdict === 'supported' || verdict === 'contradicted' || verdict === 'equivalent'

/** The cells that a test is about, each once. */
export const cellsOf = (test: ClaimTest): readonly string[] => {
  switch (test.test) {
    case 'better':
    case 'not-better':
      return [test.cell, test.than]
    case 'improving':
    case 'trend':
      return test.cells
    case 'ratio':
      return [test.of, test.to]
    case 'equal':
      return [test.cell]
    case 'all':
      return [...new Set(test.of.flatMap(cellsOf))]
  }
}

const judgeNow = (test: ClaimTest, input: ClaimInput): ClaimVerdict => {
  switch (test.test) {
    case 'better':
      return judgeDifference(test, test.margin ?? 0, 'greater', input)
    case 'not-better':
      return judgeDifference(test, test.margin, 'less', input)
    case 'trend':
      return judgeTrend(test, input)
    case 'ratio':
      return judgeRatio(test, input)
    case 'equal':
      return judgeEqual(test, input)
    case 'improving':
      return judgeAll(
        test.cells
          .slice(1)
          .map((cell, i) =>
            judgeNow({ test: 'better', metric: test.metric, cell, than: test.cells[i]! }, input),
          ),
        input,
      )
    case 'all':
      return judgeAll(
        test.of.map((part) => judgeNow(part, input)),
        input,
      )
  }
}

type Of<T extends ClaimTest['test']> = Extract<ClaimTest, { readonly test: T }>

/** Positive if the change from `from` to `to` is an improvement. */
const gainSign = (metric: Pick<Metric, 'better'>): number => (metric.better === 'higher' ? 1 : -1)

/** Unit of a gain: between percentages it is points. */
const gainUnit = ({ unit }: Pick<Metric, 'unit'>): string =>
  unit === '%' ? 'percentage points' : unit

/** ` in top-5 error`; nothing for the table's first metric. */
const inMetric = (metric: string, input: ClaimInput): string =>
  metric === input.mainMetric ? '' : ` in ${input.metric(metric).name}`

/** What the paper's own numbers come to; undefined if it lacks one of them. */
const paperOf = (
  cells: readonly string[],
  metric: string,
  { paper }: ClaimInput,
  effect: (row: readonly number[]) => number,
): number | undefined => {
  const row = cells.flatMap((cell) => paper?.(cell, metric) ?? [])
  const value = row.length === cells.length ? effect(row) : NaN
  return Number.isFinite(value) ? value : undefined
}

/** What is tested, seed by seed, over the seeds that all cells share; seeds ascending. */
const paired = (
  cells: readonly string[],
  metric: string,
  input: ClaimInput,
  difference: (row: readonly number[]) => number,
): { readonly seeds: readonly number[]; readonly differences: readonly number[] } => {
  const columns = cells.map((cell) => input.values(cell, metric))
  const seeds = [...columns[0]!.keys()]
    .filter((seed) => columns.every((column) => column.has(seed)))
    .sort((a, b) => a - b)
  return {
    seeds,
    differences: seeds.map((seed) => difference(columns.map((column) => column.get(seed)!))),
  }
}

/** `value` − `other`; what rounding leaves of equal numbers is none. */
const minus = (value: number, other: number): number => {
  const difference = value - other
  return Math.abs(difference) <= 1e-12 * Math.max(Math.abs(value), Math.abs(other)) ? 0 : difference
}

const judgeDifference = (
  test: Of<'better'> | Of<'not-better'>,
  margin: number,
  side: 'greater' | 'less',
  input: ClaimInput,
): ClaimVerdict => {
  const metric = input.metric(test.metric)
  const cells = [test.cell, test.than]
  const [cell, than] = cells.map((id) => input.cellName(id))
  return judgeSample(
    {
      cells,
      ...paired(
        cells,
        test.metric,
        input,
        ([value, other]) => gainSign(metric) * minus(value!, other!),
      ),
      margin,
      side,
      effectUnit:
        `${gainUnit(metric)} gain of ${cell} over ${than}${inMetric(test.metric, input)}`.trim(),
      scale: 'gain',
      unit: gainUnit(metric),
      paper:
        paperOf(
          cells,
          test.metric,
          input,
          ([value, other]) => gainSign(metric) * (value! - other!),
        ) ?? (test.test === 'better' ? test.paperGain : undefined),
      equivalence: test.test === 'not-better' ? test.margin : test.equivalence?.within,
      test: `one-sided paired tests over seeds, gain ${side === 'greater' ? '>' : '<'} ${margin}`,
    },
    input,
  )
}

const judgeTrend = (test: Of<'trend'>, input: ClaimInput): ClaimVerdict => {
  const metric = input.metric(test.metric)
  const { per = 'unit of x' } = test
  return judgeSample(
    {
      cells: test.cells,
      ...paired(
        test.cells,
        test.metric,
        input,
        (row) => gainSign(metric) * leastSquaresSlope(test.x, row),
      ),
      margin: 0,
      side: 'greater',
      effectUnit: `${gainUnit(metric)} gain per ${per}${inMetric(test.metric, input)}`.trim(),
      scale: 'slope',
      unit: `${gainUnit(metric)} per ${per}`.trim(),
      paper: paperOf(
        test.cells,
        test.metric,
        input,
        (row) => gainSign(metric) * leastSquaresSlope(test.x, row),
      ),
      test: 'one-sided tests over seeds of the least-squares slope, slope > 0',
    },
    input,
  )
}

const judgeRatio = (test: Of<'ratio'>, input: ClaimInput): ClaimVerdict => {
  const cells = [test.of, test.to]
  const [of, to] = cells.map((id) => input.cellName(id))
  const { seeds, differences: ratios } = paired(
    cells,
    test.metric,
    input,
    ([value, other]) => value! / other!,
  )
  const threshold = test.atLeast ?? test.atMost!
  const atLeast = test.atLeast !== undefined
  const sign = atLeast ? '≥' : '≤'
  const sample = {
    cells,
    seeds,
    margin: Math.log(threshold),
    side: atLeast ? 'greater' : 'less',
    effectUnit: `ratio of ${of} to ${to}${inMetric(test.metric, input)}`,
    scale: 'ratio',
    unit: '',
    test: `one-sided tests over seeds of the log-ratio, ratio ${sign} ${threshold}`,
    report: Math.exp,
    paper: paperOf(cells, test.metric, input, ([value, other]) => Math.log(value! / other!)),
  } as const
  if (ratios.some((ratio) => !(ratio > 0 && Number.isFinite(ratio)))) {
    const judged = judgeSample({ ...sample, seeds: [], differences: [] }, input)
    const reason = 'a ratio needs positive numbers'
    return { ...judged, n: ratios.length, verdict: 'inconclusive', reason }
  }
  if (input.exact && ratios.length > 0) {
    // "At least" includes equality, which a test over seeds cannot tell from more.
    const ratio = ratios[0]!
    const holds = atLeast ? ratio >= threshold : ratio <= threshold
    const judged = judgeSample({ ...sample, differences: [Math.log(ratio)] }, input)
    return { ...judged, effect: ratio, verdict: holds ? 'supported' : 'contradicted' }
  }
  return judgeSample({ ...sample, differences: ratios.map(Math.log) }, input)
}

const judgeEqual = (test: Of<'equal'>, input: ClaimInput): ClaimVerdict => {
  const values = [...input.values(test.cell, test.metric).values()]
  const { unit } = input.metric(test.metric)
  const rounded = (value: number) =>
    test.digits === undefined ? value : roundedText(value, test.digits)
  const different = values.find((value) => rounded(value) !== rounded(test.value))
  const digits = test.digits === undefined ? '' : ` to ${test.digits} decimals`
  const found =
    !input.exact && values.length < leastSeeds
      ? ({
          verdict: 'inconclusive',
          reason: tooFew(values.length),
        } as const)
      : ({ verdict: different === undefined ? 'supported' : 'contradicted', reason: '' } as const)
  return {
    ...(values.length === 0 ? verdictWithoutNumbers([test.cell], input) : found),
    n: values.length,
    effect: different ?? values[0] ?? null,
    ...untested,
    effectUnit: `${unit} for ${input.cellName(test.cell)}${inMetric(test.metric, input)}`.trim(),
    test: `equal to ${test.value}${digits}`,
  }
}
