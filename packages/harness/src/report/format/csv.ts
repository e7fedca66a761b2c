// The browser build brings its own Buffer; the other reads the global one when it is loaded.
import { stringify } from 'csv-stringify/browser/esm/sync'
import type { Renderer } from '../renderer.js'
import type { Report, ReportReference } from '../report.js'

/**
 * One line per cell, metric and seed, so that any tool can group it: the run's value, and beside it what the cell says
 * over its seeds; `carriedOver` says what was not alike from one attempt at the run to the next, `diverged` why the run
 * diverged. A run without such a number has a line without a value; a cell that was not run has one line without a seed
 * and a value.
 */
export const renderCsv = (report: Report): string => {
  const lines = report.cells.flatMap((cell) =>
    cell.numbers.flatMap((numbers) => {
      const { comparison } = numbers
      const over = [
        ...[report.id, report.tier ?? 'exact', cell.id],
        ...cell.row,
        ...[cell.column ?? '', numbers.metric, cell.state, numbers.paper ?? '', numbers.n],
        ...[numbers.mean ?? '', numbers.sd ?? ''],
        ...[comparison?.delta ?? '', comparison?.verdict ?? ''],
      ]
      const runs = cell.seeds.map((seed) => ({
        seed: report.tier === null ? '' : String(seed),
        value: numbers.values.find((one) => one.seed === seed)?.value ?? '',
        carriedOver: cell.carriedOver
          .filter((one) => one.seed === seed)
          .map(({ label, differs }) => `${label}: ${differs.join('; ')}`)
          .join('; '),
        diverged: cell.diverged
          .filter((one) => one.seed === seed)
          .map(({ label, why }) => `${label}: ${why}`)
          .join('; '),
      }))
      return (
        runs.length > 0 ? runs : [{ seed: '', value: '', carriedOver: '', diverged: '' }]
      ).map((run) => [...over, ...[run.seed, run.value, run.carriedOver, run.diverged]])
    }),
  )
  const own = lines.map((line) => [...line, ''])
  return stringify([
    headOf(report.rowHeads),
    ...own,
    ...report.references.flatMap((one) => referenceLines(one, report)),
  ])
}

/** A line per number of another implementation; delta is ours less theirs. */
const referenceLines = (
  { implementation, numbers }: ReportReference,
  report: Report,
): readonly (readonly (string | number)[])[] =>
  numbers.flatMap(({ cell: id, metric, values, n, mean, sd, comparison }) => {
    const cell = report.cells.find((one) => one.id === id)
    if (!cell) return []
    return values.map(({ seed, value }) => [
      ...[report.id, report.tier ?? 'exact', id, ...cell.row, cell.column ?? ''],
      ...[metric, 'reference', '', n, mean, sd ?? ''],
      ...[comparison?.difference ?? '', comparison?.verdict ?? ''],
      ...[String(seed), value, '', '', implementation],
    ])
  })

const before = ['reproduction', 'tier', 'cell']
const after = [
  ...['column', 'metric', 'state', 'paper', 'n', 'mean', 'sd', 'delta', 'verdict'],
  ...['seed', 'value', 'carriedOver', 'diverged', 'implementation'],
]

/** The names of all columns, each once: a row's head that is the name of another column says that it is a row's. */
const headOf = (rowHeads: readonly string[]): readonly string[] => {
  const taken = new Set([...before, ...after])
  const heads = rowHeads.map((head) => {
    const plain = head === '' ? 'row' : head
    let name = taken.has(plain) ? `${plain} (row)` : plain
    for (let n = 2; taken.has(name); n++) name = `${plain} (row ${n})`
    taken.add(name)
    return name
  })
  return [...before, ...heads, ...after]
}

/** See {@link renderCsv}. */
export const csv: Renderer = { name: 'csv', extension: '.csv', render: renderCsv }
