import { buildReport, type ReportInput } from '../../report/build-report.js'
import type { UnitBehind } from '../../report/figures.js'
import type { Report } from '../../report/report.js'
import { defineReproduction, defineUnit, type Reproduction, type Tier } from '../../index.js'

const none = defineUnit({ kind: 'none', version: 1, run: () => ({ metrics: {} }) })

const reduced: Tier = {
  name: 'synthetic',
  describe: 'As <b>the</b> paper.',
  settings: {},
  seeds: [1, 2, 3, 4, 5],
}

/** Two rows by two columns with one place empty, and texts that would be markup in HTML, Markdown and LaTeX. */
export const madeUpTable: Reproduction = defineReproduction({
  id: 'made-up',
  version: 1,
  title: 'A & B, 50% <script>alert(1)</script>',
  source: { paper: 'Paper_1 & Co', arxiv: '1409.1556v6', table: 'Table 3', section: '4.1' },
  protocol: { 'batch size': { value: 256, cite: '§3.1' } },
  metrics: [
    { id: 'top1', name: 'top-1 error', unit: '%', better: 'lower' },
    { id: 'top5', name: 'top-5 error', unit: '%', better: 'lower' },
  ],
  rowHeads: ['S', 'Q'],
  cells: [
    { id: 'a', row: ['256', '256'], column: 'A', paper: { top1: 30, top5: 10 }, config: {} },
    { id: 'b', row: ['256', '256'], column: 'B', paper: { top1: 28, top5: 9 }, config: {} },
    { id: 'c', row: ['[256;512]', '384'], column: 'B', paper: { top1: 27 }, config: {} },
  ],
  claims: [
    {
      id: 'better',
      text: 'B beats A',
      cite: '§4',
      test: 'better',
      metric: 'top1',
      cell: 'b',
      than: 'a',
    },
    {
      id: 'ratio',
      text: 'B is half of A',
      cite: '§4',
      test: 'ratio',
      metric: 'top1',
      of: 'b',
      to: 'a',
      atMost: 0.5,
    },
  ],
  deviations: [{ what: 'Smaller', why: 'w', effect: 'e' }],
  tiers: [reduced, { ...reduced, name: 'imagenet', paper: true }],
  plan: () => none({ config: {} }),
})

/** Top-1 errors by cell and seed. */
export const madeUpErrors: Readonly<Record<string, readonly number[]>> = {
  a: [29.9, 30.1, 30.6, 30.2, 30.2],
  b: [28.1, 28, 28.5, 28.2, 28.2],
}

/** A net of curves of three points behind a cell, for seeds 1 to `seeds`. */
export const curvesBehind = (cell: string, seeds: number): readonly UnitBehind[] =>
  Array.from({ length: seeds }, (_, i) => ({
    cell,
    seed: i + 1,
    distance: 1,
    net: `net of ${cell}`,
    label: `net ${cell}`,
    unitSeed: i + 1,
    result: {
      extra: {},
      curve: [1, 2, 3].map((epoch) => ({
        step: 10 * epoch,
        epoch,
        trainLoss: 3 / epoch + i,
        validationLoss: 4 / epoch + i,
      })),
    },
  }))

/** A report of {@link madeUpTable}: A and B made with five seeds, the third cell not run. */
export const madeUpReport = (changes: Partial<ReportInput> = {}): Report =>
  buildReport({
    reproduction: madeUpTable,
    tier: reduced,
    settings: {},
    overridden: [],
    seeds: [1, 2, 3, 4, 5],
    cells: new Map(
      madeUpTable.cells.map(({ id }) => [
        id,
        new Map(
          (madeUpErrors[id] ?? []).map((top1, i) => [
            i + 1,
            { metrics: { top1, top5: top1 / 3 }, curve: [], extra: {} },
          ]),
        ),
      ]),
    ),
    behind: [...curvesBehind('a', 3), ...curvesBehind('b', 2)],
    results: [],
    harness: '0.0.0',
    command: 'toy run made-up --seeds 1,2,3,4,5',
    ...changes,
  })
