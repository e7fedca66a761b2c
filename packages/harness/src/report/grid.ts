import type { Metric } from '../declare/reproduction.js'
import type { SeedCount } from '../judge/statistics/power.js'
import { seedCount } from './text/claim-text.js'
import { counted, formatNumber, formatOurs, noNumber, sentence } from './text/format-number.js'
import { carriedOverMark, divergedMark } from './provenance.js'
import type { Report, ReportCell, ReportNumbers, ReportReference } from './report.js'

/** A table of strings, as every text renderer prints it. */
export interface Grid {
  /** Heads of the columns. */
  readonly head: readonly string[]
  /** The rows, each as long as the head. */
  readonly rows: readonly (readonly string[])[]
  /** How many of the leading columns are labels. */
  readonly labels: number
  /** Notes under the table, for signs in it that need a word. */
  readonly note: string
}

/**
 * The report's table as text. With column labels: the paper's columns, and in each row, for each metric, a line
 * of the paper's numbers and a line of ours. Without: one row per cell, and for each metric the paper's number and
 * ours. If they are compared, difference and verdict follow.
 */
export const tableGrid = (report: Report): Grid => {
  const wide = report.cells.some((cell) => cell.column !== null)
  const grid = wide ? wideGrid(report) : longGrid(report)
  return { ...grid, note: [noteOf(grid), ...openText(report)].filter(Boolean).join(' ') }
}

/** What `–` means in place of a number of ours: the paper's places that are empty need no word. */
const noteOf = ({ head, rows, labels }: Omit<Grid, 'note'>): string => {
  const isOurs = (row: readonly string[], column: number) =>
    head[column] === 'ours' || row[labels - 1] === 'ours'
  return rows.some((row) => row.some((text, i) => text === noNumber && isOurs(row, i)))
    ? `${noNumber} of ours: it was run, and has no such number.`
    : ''
}

/** Why cells are inconclusive, and what would decide them: each reason once. */
const openText = (report: Report): readonly string[] => [
  ...reasonsOf(report.cells.flatMap(({ numbers }) => numbers)).map(
    ([reason, open]) => `Inconclusive (${counted(open.length, 'number')}): ${sentence(reason)}`,
  ),
  ...report.references.flatMap(({ implementation, numbers }) =>
    reasonsOf(numbers).map(([reason, open]) => {
      const decided = decidedBy(open.map(({ needed }) => needed))
      return `Against ${implementation}, inconclusive (${counted(open.length, 'number')}): ${sentence(`${reason}${decided}`)}`
    }),
  ),
]

/** The comparisons that are inconclusive, by why they are. */
const reasonsOf = <C extends { readonly verdict: string; readonly reason: string }>(
  numbers: readonly { readonly comparison: C | null }[],
): readonly (readonly [string, readonly C[]])[] => {
  const open = new Map<string, C[]>()
  for (const { comparison } of numbers) {
    if (comparison?.verdict !== 'inconclusive') continue
    open.set(comparison.reason, [...(open.get(comparison.reason) ?? []), comparison])
  }
  return [...open]
}

/** `; at the spread and the differences observed, about 9 to 300 seeds would decide it (80% power)`; empty if none is known. */
const decidedBy = (needed: readonly (SeedCount | null)[]): string => {
  const counts = needed.filter((count) => count !== null).sort((a, b) => sizeOf(a) - sizeOf(b))
  const [least, most] = [counts[0], counts.at(-1)]
  if (least === undefined || most === undefined) return ''
  const seeds =
    least === most || typeof least !== 'number'
      ? seedCount(least)
      : `about ${least} to ${typeof most === 'number' ? most : seedCount(most)}${typeof most === 'number' ? ' seeds' : ''}`
  return `; at the spread and the differences observed, ${seeds} would decide ${counts.length === 1 ? 'it' : 'them'} (80% power)`
}

const sizeOf = (count: SeedCount): number => (typeof count === 'number' ? count : Infinity)

const longGrid = (report: Report): Omit<Grid, 'note'> => {
  const compared = report.comparesWithPaper
  return {
    head: [
      ...report.rowHeads,
      ...report.metrics.flatMap((metric) => [
        `${metricHead(metric)}: paper`,
        'ours',
        ...(compared ? ['Δ', 'verdict'] : []),
        ...report.references.flatMap(referenceHeads),
      ]),
    ],
    labels: report.rowHeads.length,
    rows: report.cells.map((cell) => [
      ...cell.row,
      ...report.metrics.flatMap((metric) => {
        const text = numberTexts(cell, metric, report)
        return [
          text.paper,
          text.ours,
          ...(compared ? [text.delta, text.verdict] : []),
          ...report.references.flatMap((one) => referenceTexts(one, cell, metric)),
        ]
      }),
    ]),
  }
}

const wideGrid = (report: Report): Omit<Grid, 'note'> => {
  const columns = [...new Set(report.cells.map((cell) => cell.column))]
  const rows = [...new Set(report.cells.map((cell) => JSON.stringify(cell.row)))]
  const kinds: readonly (keyof NumberTexts)[] = report.comparesWithPaper
    ? ['paper', 'ours', 'delta', 'verdict']
    : ['paper', 'ours']
  const lines = report.metrics.flatMap((metric) => kinds.map((kind) => ({ metric, kind })))
  const name = (metric: Metric, kind: keyof NumberTexts) =>
    kind === 'paper' ? `${metricHead(metric)}: paper` : kind === 'delta' ? 'Δ' : kind
  return {
    head: [...report.rowHeads, '', ...columns.map((column) => column ?? '')],
    labels: report.rowHeads.length + 1,
    rows: rows.flatMap((row) => {
      const cells = columns.map((column) =>
        report.cells.find((one) => JSON.stringify(one.row) === row && one.column === column),
      )
      const some = lines.filter(({ metric }) => cells.some((cell) => hasNumber(cell, metric.id)))
      // A row without any number says of each metric that it was not run.
      const present = some.length > 0 ? some : lines
      const texts = present.flatMap(({ metric, kind }) => [
        [
          name(metric, kind),
          ...cells.map((cell) => (cell ? numberTexts(cell, metric, report)[kind] : '')),
        ],
        // After the last line of a metric: what other implementations get for it.
        ...(kind === kinds.at(-1) ? referenceLines(report, cells, metric) : []),
      ])
      return texts.map((line, i) => [
        ...(JSON.parse(row) as string[]).map((label) => (i === 0 ? label : '')),
        ...line,
      ])
    }),
  }
}

const referenceHeads = ({ implementation }: ReportReference): readonly [string, string] => [
  implementation,
  `ours − ${implementation}`,
]

/** Another implementation's number of a cell, and the difference with its verdict: `+0.2, equivalent (±1.0)`. */
const referenceTexts = (
  { numbers }: ReportReference,
  cell: ReportCell | undefined,
  { id, digits }: Metric,
): readonly [string, string] => {
  const found = numbers.find((one) => one.cell === cell?.id && one.metric === id)
  if (!found) return ['', '']
  const { comparison } = found
  const theirs = formatOurs(found, digits, { exact: false, wasRun: true })
  if (!comparison) return [theirs, '']
  const { difference, verdict, margin } = comparison
  return [
    theirs,
    `${formatNumber(difference, digits, 'exceptZero')}, ${verdict} (±${formatNumber(margin, digits)})`,
  ]
}

const referenceLines = (
  report: Report,
  cells: readonly (ReportCell | undefined)[],
  metric: Metric,
): readonly (readonly string[])[] =>
  report.references.flatMap((reference) => {
    const texts = cells.map((cell) => referenceTexts(reference, cell, metric))
    return referenceHeads(reference)
      .map((head, i) => [head, ...texts.map((pair) => pair[i]!)])
      .filter(([, ...line]) => line.some((text) => text !== ''))
  })

/** Whether the paper or a run of ours has a number of this metric. */
const hasNumber = (cell: ReportCell | undefined, metric: string): boolean =>
  cell?.numbers.some((one) => one.metric === metric && (one.paper !== null || one.n > 0)) ?? false

/** The heading of a metric's column: `top-1 error, %`. */
export const metricHead = ({ name, unit }: Pick<Metric, 'name' | 'unit'>): string =>
  unit === '' ? name : `${name}, ${unit}`

interface NumberTexts {
  readonly paper: string
  readonly ours: string
  readonly delta: string
  readonly verdict: string
}

const numberTexts = (cell: ReportCell, { id, digits }: Metric, report: Report): NumberTexts => {
  const numbers = cell.numbers.find((one) => one.metric === id)!
  const delta = numbers.comparison?.delta ?? null
  return {
    paper: numbers.paper === null ? noNumber : formatNumber(numbers.paper, digits),
    ours: oursText(cell, numbers, digits, report.tier === null),
    delta: delta === null ? '' : formatNumber(delta, digits, 'exceptZero'),
    verdict: verdictText(numbers.comparison, digits),
  }
}

/** `reproduced (±1.0)`: with half the width of the interval that the paper's number lies in, or that is too wide to say. */
const verdictText = (
  comparison: ReportNumbers['comparison'],
  digits: number | undefined,
): string => {
  if (!comparison) return ''
  const { verdict, half } = comparison
  return (verdict === 'reproduced' || verdict === 'inconclusive') && half !== null
    ? `${verdict} (±${formatNumber(half, digits)})`
    : verdict
}

const oursText = (
  { state, seeds, carriedOver, diverged }: ReportCell,
  numbers: ReportNumbers,
  digits: number | undefined,
  exact: boolean,
): string => {
  if (state === 'quoted') return ''
  if (state === 'left out') return 'left out'
  const text = formatOurs(numbers, digits, { exact, wasRun: seeds.length > 0 })
  const isAmong = (marked: readonly { readonly seed: number }[]) =>
    numbers.values.some(({ seed }) => marked.some((one) => one.seed === seed))
  return [
    text,
    ...(isAmong(carriedOver) ? [carriedOverMark] : []),
    ...(isAmong(diverged) ? [divergedMark] : []),
  ].join(' ')
}
