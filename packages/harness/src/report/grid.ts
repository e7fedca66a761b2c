import { metricHead } from './claim-text.js'
import { formatNumber, formatOurs } from './format-number.js'
import type { Report, ReportCell, ReportNumbers } from './report.js'

/** A table of strings, as every text renderer prints it. */
export interface Grid {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** How many of the leading columns are labels. */
  readonly labels: number
}

/** Whether differences to the paper's numbers are taken: for counts, and in the imagenet tier as the paper ran it. */
export const comparesWithPaper = ({ tier, overridden }: Report): boolean =>
  tier === null || (tier === 'imagenet' && overridden.length === 0)

/**
 * The report's table as text. With column labels: the paper's columns, and under each row of the paper's numbers
 * a row of ours, the metrics of a cell divided by slashes as papers do. Without: a row a cell, and for each
 * metric the paper's number, ours and, where they are compared, difference and verdict.
 */
export const tableGrid = (report: Report): Grid =>
  report.cells.some((cell) => cell.column !== null) ? wideGrid(report) : longGrid(report)

const longGrid = (report: Report): Grid => {
  const compared = comparesWithPaper(report)
  return {
    head: [
      ...report.rowHeads,
      ...report.metrics.flatMap((metric) => [
        `${metricHead(metric)}: paper`,
        'ours',
        ...(compared ? ['Δ', 'verdict'] : []),
      ]),
    ],
    labels: report.rowHeads.length,
    rows: report.cells.map((cell) => [
      ...cell.row,
      ...report.metrics.flatMap((metric) => {
        const text = numberTexts(cell, metric.id, report)
        return [text.paper, text.ours, ...(compared ? [text.delta, text.verdict] : [])]
      }),
    ]),
  }
}

const wideGrid = (report: Report): Grid => {
  const columns = [...new Set(report.cells.map((cell) => cell.column))]
  const rows = [...new Set(report.cells.map((cell) => JSON.stringify(cell.row)))]
  const kinds: readonly (keyof NumberTexts)[] = comparesWithPaper(report)
    ? ['paper', 'ours', 'delta', 'verdict']
    : ['paper', 'ours']
  const names = { paper: 'paper', ours: 'ours', delta: 'Δ', verdict: 'verdict' }
  return {
    head: [
      ...report.rowHeads,
      report.metrics.map(metricHead).join(' / '),
      ...columns.map((column) => column ?? ''),
    ],
    labels: report.rowHeads.length + 1,
    rows: rows.flatMap((row) =>
      kinds.map((kind, i) => [
        ...(JSON.parse(row) as string[]).map((label) => (i === 0 ? label : '')),
        names[kind],
        ...columns.map((column) => {
          const cell = report.cells.find(
            (one) => JSON.stringify(one.row) === row && one.column === column,
          )
          if (!cell) return ''
          const texts = report.metrics.map((metric) => numberTexts(cell, metric.id, report)[kind])
          // "not run / not run" says it twice.
          return new Set(texts).size === 1 && !/\d/.test(texts[0]!) ? texts[0]! : texts.join(' / ')
        }),
      ]),
    ),
  }
}

interface NumberTexts {
  readonly paper: string
  readonly ours: string
  readonly delta: string
  readonly verdict: string
}

const numberTexts = (cell: ReportCell, metric: string, report: Report): NumberTexts => {
  const numbers = cell.numbers.find((one) => one.metric === metric)!
  const { digits } = report.metrics.find((one) => one.id === metric)!
  const delta = numbers.comparison?.delta ?? null
  return {
    paper: numbers.paper === null ? '–' : formatNumber(numbers.paper, digits),
    ours: oursText(cell, numbers, digits, report.tier === null),
    delta: delta === null ? '' : `${delta > 0 ? '+' : ''}${formatNumber(delta, digits)}`,
    verdict: numbers.comparison?.verdict ?? '',
  }
}

const oursText = (
  { state }: ReportCell,
  numbers: ReportNumbers,
  digits: number | undefined,
  exact: boolean,
): string => {
  if (state === 'quoted') return ''
  if (state === 'left out') return 'left out'
  return formatOurs(numbers, digits, exact)
}
