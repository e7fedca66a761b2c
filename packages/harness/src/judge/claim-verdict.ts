import type { ClaimTest } from '../declare/claim.js'
import type { Metric } from '../declare/reproduction.js'
import { roundedText } from './rounded-text.js'
import { leastSquaresSlope } from './statistics/slope.js'
import {
  judgeSample,
  verdictWithoutNumbers,
  type ClaimInput,
  type ClaimVerdict,
  type Verdict,
} from './judge-sample.js'

/** The rule of {@link judgeClaim}, as reports state it. */
export const claimRule = (alpha: number): string =>
  `Claims: one-sided t-tests paired by seed at α = ${alpha}; supported where p < α for the claim, contradicted ` +
  'where p < α against it, else inconclusive, always with one seed. A claim of several parts is supported ' +
  'where each part is (intersection-union test), and contradicted where a part is after Holm’s correction ' +
  'over the parts. There is no correction over the claims of a table: each stands for itself.'

/**
 * Decides a claim.
 *
 * One part: differences (gains in the metric's better direction, slopes, log-ratios) are formed seed by seed
 * over the seeds that all its cells share, and tested against the margin with a one-sided one-sample t-test.
 * Supported where the claim's direction has p < α, contradicted where the opposite has, otherwise inconclusive;
 * always inconclusive with one seed, or where the differences have no spread.
 *
 * Without a seed that has all numbers: `not run` where no seed has all cells, `no data` otherwise.
 *
 * Several parts (`improving`, `all`): supported where each part is at α. That is the intersection-union test,
 * whose size is at most α without a correction. Contradicted where some part's opposite survives Holm's
 * correction over the parts: the smallest p times their number is below α.
 *
 * Counts (`exact`): compared as they are.
 */
export const judgeClaim = (test: ClaimTest, input: ClaimInput): ClaimVerdict => {
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
            judgeClaim({ test: 'better', metric: test.metric, cell, than: test.cells[i]! }, input),
          ),
        input,
      )
    case 'all':
      return judgeAll(
        test.of.map((part) => judgeClaim(part, input)),
        input,
      )
  }
}

type Of<T extends ClaimTest['test']> = Extract<ClaimTest, { readonly test: T }>

/** Positive where the change from `from` to `to` is an improvement. */
const gainSign = (metric: Pick<Metric, 'better'>): number => (metric.better === 'higher' ? 1 : -1)

/** Unit of a gain: between percentages it is points. */
const gainUnit = ({ unit }: Pick<Metric, 'unit'>): string =>
  unit === '%' ? 'percentage points' : unit

/** ` in top-5 error`; nothing for the table's first metric. */
const inMetric = (metric: string, input: ClaimInput): string =>
  metric === input.mainMetric ? '' : ` in ${input.metric(metric).name}`

/** Rows of the cells' values, one row a shared seed, seeds ascending. */
const paired = (cells: readonly string[], metric: string, input: ClaimInput): number[][] => {
  const columns = cells.map((cell) => input.values(cell, metric))
  return [...columns[0]!.keys()]
    .filter((seed) => columns.every((column) => column.has(seed)))
    .sort((a, b) => a - b)
    .map((seed) => columns.map((column) => column.get(seed)!))
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
      differences: paired(cells, test.metric, input).map(
        ([value, other]) => gainSign(metric) * (value! - other!),
      ),
      margin,
      side,
      effectUnit:
        `${gainUnit(metric)} gain of ${cell} over ${than}${inMetric(test.metric, input)}`.trim(),
      scale: 'gain',
      unit: gainUnit(metric),
      test: `one-sided paired t-test over seeds, gain ${side === 'greater' ? '>' : '<'} ${margin}`,
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
      differences: paired(test.cells, test.metric, input).map(
        (row) => gainSign(metric) * leastSquaresSlope(test.x, row),
      ),
      margin: 0,
      side: 'greater',
      effectUnit: `${gainUnit(metric)} gain per ${per}${inMetric(test.metric, input)}`.trim(),
      scale: 'slope',
      unit: `${gainUnit(metric)} per ${per}`.trim(),
      test: 'one-sided t-test over seeds of the least-squares slope, slope > 0',
    },
    input,
  )
}

const judgeRatio = (test: Of<'ratio'>, input: ClaimInput): ClaimVerdict => {
  const cells = [test.of, test.to]
  const [of, to] = cells.map((id) => input.cellName(id))
  const ratios = paired(cells, test.metric, input).map(([value, other]) => value! / other!)
  const threshold = test.atLeast ?? test.atMost!
  const atLeast = test.atLeast !== undefined
  const sign = atLeast ? '≥' : '≤'
  const sample = {
    cells,
    margin: Math.log(threshold),
    side: atLeast ? 'greater' : 'less',
    effectUnit: `ratio of ${of} to ${to}${inMetric(test.metric, input)}`,
    scale: 'ratio',
    unit: '',
    test: `one-sided t-test over seeds of the log-ratio, ratio ${sign} ${threshold}`,
    report: Math.exp,
  } as const
  if (ratios.some((ratio) => !(ratio > 0 && Number.isFinite(ratio)))) {
    const judged = judgeSample({ ...sample, differences: [] }, input)
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
  const found = {
    verdict: different === undefined ? 'supported' : 'contradicted',
    reason: '',
  } as const
  return {
    ...(values.length === 0 ? verdictWithoutNumbers([test.cell], input) : found),
    n: values.length,
    effect: different ?? values[0] ?? null,
    effectUnit: `${unit} for ${input.cellName(test.cell)}${inMetric(test.metric, input)}`.trim(),
    against: null,
    interval: null,
    pFor: null,
    pAgainst: null,
    test: `equal to ${test.value}${digits}`,
    parts: [],
  }
}

const judgeAll = (parts: readonly ClaimVerdict[], { alpha }: ClaimInput): ClaimVerdict => {
  const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null)
  const pFor = known(parts.map((part) => part.pFor))
  const pAgainst = known(parts.map((part) => part.pAgainst))
  const holm = pAgainst.length === 0 ? null : Math.min(1, Math.min(...pAgainst) * parts.length)
  const every = (verdict: Verdict) => parts.every((part) => part.verdict === verdict)
  // A part without a p was compared exactly: its verdict stands as it is.
  const contradicted =
    (holm !== null && holm < alpha) ||
    parts.some((part) => part.verdict === 'contradicted' && part.pAgainst === null)
  const tested = parts.filter((part) => part.n > 0)
  const verdict: Verdict = every('supported')
    ? 'supported'
    : contradicted
      ? 'contradicted'
      : tested.length > 0
        ? 'inconclusive'
        : every('no data')
          ? 'no data'
          : 'not run'
  const unsettled = parts.filter((part) => part.verdict !== 'supported').length
  return {
    verdict,
    n: tested.length === 0 ? 0 : Math.min(...tested.map((part) => part.n)),
    effect: null,
    effectUnit: '',
    against: null,
    interval: null,
    pFor: pFor.length === parts.length ? Math.max(...pFor) : null,
    pAgainst: holm,
    test: `all of ${parts.length} parts: each at α to support (intersection-union), Holm over the parts to contradict`,
    reason:
      verdict === 'inconclusive'
        ? `${unsettled} of ${parts.length} parts not supported`
        : tested.length === 0
          ? parts.find((part) => part.verdict === verdict)!.reason
          : '',
    parts,
  }
}
