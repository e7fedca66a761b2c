// The browser build brings its own Buffer; the other reads the global one when it is loaded.
import { stringify } from 'csv-stringify/browser/esm/sync'
import type { Renderer } from '../renderer.js'
import type { Report } from '../report.js'

/**
 * One line a cell, metric and seed, so that any tool can group it: the run's value, and what the cell says over
 * its seeds beside it; `carriedOver` says what was not alike from one attempt of the run to the next. A run without
 * such a number has a line without value; a cell that was not run has one line without a seed and value.
 */
export const renderCsv = (report: Report): string => {
  const lines = report.cells.flatMap((cell) =>
    cell.numbers.flatMap((numbers) => {
      const { comparison } = numbers
      const over = {
        reproduction: report.id,
        tier: report.tier ?? 'exact',
        cell: cell.id,
        ...Object.fromEntries(
          cell.row.map((label, i) => [
            report.rowHeads[i]! === '' ? 'row' : report.rowHeads[i]!,
            label,
          ]),
        ),
        column: cell.column ?? '',
        metric: numbers.metric,
        state: cell.state,
        paper: numbers.paper ?? '',
        n: numbers.n,
        mean: numbers.mean ?? '',
        sd: numbers.sd ?? '',
        delta: comparison?.delta ?? '',
        verdict: comparison?.verdict ?? '',
      }
      const runs = cell.seeds.map((seed) => ({
        seed: report.tier === null ? '' : String(seed),
        value: numbers.values.find((one) => one.seed === seed)?.value ?? '',
        carriedOver: cell.carriedOver
          .filter((one) => one.seed === seed)
          .map(({ label, differs }) => `${label}: ${differs.join('; ')}`)
          .join('; '),
      }))
      return (runs.length > 0 ? runs : [{ seed: '', value: '', carriedOver: '' }]).map((run) => ({
        ...over,
        ...run,
      }))
    }),
  )
  return stringify(lines, { header: true })
}

/** See {@link renderCsv}. */
export const csv: Renderer = { name: 'csv', extension: '.csv', render: renderCsv }
