import { formatDuration } from '@retable/core/host'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import type { Claim } from '../declare/claim.js'
import { defineReproduction } from '../declare/define-reproduction.js'
import type { Reproduction } from '../declare/reproduction.js'
import type { Tier } from '../declare/tier.js'
import type { ReferenceResults } from '../unit/reference.js'
import type { StoredResult } from '../unit/result.js'
import { defineUnit } from '../unit/unit.js'
import { buildReport, type ReportInput } from './build-report.js'
import { formatNumber, formatOurs, formatP } from './text/format-number.js'
import { tableGrid } from './grid.js'
import { renderCsv } from './format/csv.js'
import { renderPage } from './format/html/page.js'
import { renderLatex } from './format/latex.js'
import { renderMarkdown } from './format/markdown.js'
import { environmentLines } from './provenance.js'
import { replaceSection } from './section.js'
import { stateOf } from './state.js'
import { renderTerminal } from './format/terminal.js'

const none = defineUnit({ kind: 'none', version: 1, run: () => ({ metrics: {} }) })

const paper = {
  name: 'whole',
  paper: true,
  describe: 'As the paper.',
  settings: { steps: 9 },
  seeds: [1, 2, 3],
} as const
const reduced: Tier = { name: 'small', describe: 'Smaller.', settings: { steps: 2 }, seeds: [1] }

/** Two nets by two sizes, as the VGG paper lays its tables out. */
const table = defineReproduction({
  id: 'some-table',
  version: 1,
  title: 'Some | table',
  source: { paper: 'Paper', arxiv: '1409.1556v6', table: 'Table 3', section: '4.1' },
  protocol: { batch: { value: 256, cite: '§3.1' } },
  metrics: [
    { id: 'top1', name: 'top-1 error', unit: '%', better: 'lower' },
    { id: 'count', name: 'images', unit: '', better: 'equal', digits: 0 },
  ],
  rowHeads: ['S', 'Q'],
  cells: [
    { id: 'a', row: ['256', '256'], column: 'A', paper: { top1: 30 }, config: {} },
    { id: 'b', row: ['256', '256'], column: 'B', paper: { top1: 28, count: 50000 }, config: {} },
    { id: 'c', row: ['384', '384'], column: 'B', paper: { top1: 27 }, config: {} },
  ],
  claims: [
    {
      id: 'x',
      text: 'B beats A',
      cite: '§4',
      test: 'better',
      metric: 'top1',
      cell: 'b',
      than: 'a',
    },
  ],
  deviations: [
    { what: 'Always', why: 'w.', effect: 'e.' },
    {
      what: 'Small only',
      why: 'w.',
      effect: 'e.',
      when: ({ settings }) => Number(settings['steps']) < 5,
    },
  ],
  tiers: [reduced, paper],
  plan: () => none({ config: {} }),
})

const seeds = (metric: string, ...values: number[]) =>
  new Map(values.map((value, i) => [i + 1, { metrics: { [metric]: value }, curve: [], extra: {} }]))

const input = (changes: Partial<ReportInput> = {}): ReportInput => ({
  reproduction: table,
  tier: paper,
  settings: { steps: 9 },
  overridden: [],
  seeds: [1, 2, 3, 4, 5],
  cells: new Map([
    ['a', seeds('top1', 29.9, 30.1, 30.6, 30.2, 30.2)],
    ['b', seeds('top1', 28.1, 28, 28.5, 28.2, 28.2)],
    ['c', new Map()],
  ]),
  behind: [],
  results: [],
  harness: '1.2.3',
  command: 'toy run some-table',
  ...changes,
})

test('mean, standard deviation and comparison by cell, and a paper’s empty cell stays empty', () => {
  const report = buildReport(input())
  const top1 = report.cells[0]!.numbers[0]!
  // Deviations from 30.2: −0.3, −0.1, 0.4, 0, 0; squares 0.26 over 4.
  expect(top1.mean).toBeCloseTo(30.2, 12)
  expect(top1.sd).toBeCloseTo(Math.sqrt(0.065), 12)
  expect(top1.comparison).toMatchObject({ verdict: 'reproduced' })
  expect(top1.comparison!.delta).toBeCloseTo(0.2, 12)
  expect(report.cells[0]!.numbers[1]).toMatchObject({ paper: null, n: 0, comparison: null })
  expect(report.cells[1]!.numbers[1]!.comparison).toMatchObject({ verdict: 'no data' })
  expect(report.cells[2]).toMatchObject({ state: 'not run' })
  expect(report.claims[0]).toMatchObject({ verdict: 'supported', n: 5 })
})

test('a grid has the paper’s columns, and a line each for paper, ours, difference and verdict', () => {
  const grid = tableGrid(buildReport(input()))
  expect(grid.head).toEqual(['S', 'Q', '', 'A', 'B'])
  expect(grid.labels).toBe(3)
  expect(grid.rows.slice(0, 5)).toEqual([
    ['256', '256', 'top-1 error, %: paper', '30.0', '28.0'],
    ['', '', 'ours', '30.2 ± 0.3 (5)', '28.2 ± 0.2 (5)'],
    ['', '', 'Δ', '+0.2', '+0.2'],
    ['', '', 'verdict', 'reproduced (±0.8)', 'reproduced (±0.6)'],
    ['', '', 'images: paper', '–', '50,000'],
  ])
  // A is not in the paper's second row.
  expect(grid.rows[8]).toEqual(['384', '384', 'top-1 error, %: paper', '', '27.0'])
  expect(grid.rows[9]).toEqual(['', '', 'ours', '', 'not run'])
  // Nobody has a count in the second row.
  expect(grid.rows).toHaveLength(12)
})

test('what was run and has no number is “–” with a word under the table, and its claim no data, in every renderer', () => {
  const one = (top1?: number) => ({
    metrics: top1 === undefined ? {} : { top1 },
    curve: [],
    extra: {},
  })
  const cells = new Map([
    ['a', new Map([1, 2, 3].map((seed) => [seed, one()]))],
    [
      'b',
      new Map([
        [1, one(28)],
        [2, one()],
        [3, one(29)],
      ]),
    ],
    ['c', new Map<number, ReturnType<typeof one>>()],
  ])
  const report = buildReport(input({ tier: reduced, cells, seeds: [1, 2, 3] }))
  expect(report.cells.map(({ state }) => state)).toEqual(['made', 'made', 'not run'])
  expect(report.claims[0]).toMatchObject({ verdict: 'no data', n: 0 })
  const { rows, note } = tableGrid(report)
  expect(rows[1]!.slice(2)).toEqual(['ours', '–', '28.5 ± 0.7 (2)'])
  expect(rows.at(-1)!.slice(2)).toEqual(['ours', '', 'not run'])
  expect(note).toBe('– of ours: it was run, and has no such number.')
  expect(tableGrid(buildReport(input({ cells: new Map() }))).note).toBe('')
  for (const render of [renderMarkdown, renderTerminal, renderPage]) {
    expect(render(report)).toContain(note)
    expect(render(report)).toMatch(/no data/i)
    expect(render(report)).toContain('none of its seeds has this number')
  }
  expect(renderLatex(report)).toContain('of ours: it was run, and has no such number.')
  expect(renderLatex(report)).toContain('& no data &')
  const lines = renderCsv(report).trim().split('\n')
  const of = (cell: string) =>
    lines.filter((line) => line.includes(`,${cell},`) && line.includes(',top1,'))
  expect(of('a').map((line) => line.split(',').slice(-5))).toEqual(
    [1, 2, 3].map((seed) => [String(seed), '', '', '', '']),
  )
  expect(of('b').map((line) => line.split(',').at(-4))).toEqual(['28', '', '29'])
  expect(of('c').map((line) => line.split(',').slice(-5))).toEqual([['', '', '', '', '']])
})

test('a reduced tier has neither differences nor verdicts a cell, in any renderer', () => {
  for (const changes of [
    { tier: reduced },
    { overridden: [{ name: 'steps', value: 3, from: 9 }] },
  ]) {
    const report = buildReport(input(changes))
    expect(report.cells.flatMap((cell) => cell.numbers.map((one) => one.comparison))).toEqual(
      Array(6).fill(null),
    )
    for (const text of [renderMarkdown(report), renderTerminal(report)]) {
      expect(text).not.toMatch(/Δ|reproduced/)
      expect(text).toContain('no difference')
    }
  }
})

test('deviations are those that hold in the tier and at the settings of the run', () => {
  const what = (report: ReturnType<typeof buildReport>) => report.deviations.map((one) => one.what)
  expect(what(buildReport(input()))).toEqual(['Always'])
  const small = input({ tier: reduced, settings: reduced.settings })
  expect(what(buildReport(small))).toEqual(['Always', 'Small only'])
})

test('`read` takes a cell’s numbers out of a result', () => {
  const reproduction: Reproduction = {
    ...table,
    read: ({ cell, result }) => ({ top1: result.metrics['top1']! + (cell.id === 'a' ? 100 : 0) }),
  }
  const report = buildReport(input({ reproduction }))
  expect(report.cells[0]!.numbers[0]!.mean).toBeCloseTo(130.2, 10)
  expect(report.cells[1]!.numbers[0]!.mean).toBeCloseTo(28.2, 10)
})

const stored = (changes: Partial<StoredResult>): StoredResult =>
  ({
    data: [{ request: { name: 'd' }, fingerprint: 'a'.repeat(64), note: 'decoded from JPEG' }],
    backend: { name: 'onnx', version: '1.30' },
    environment: {
      node: 'v20',
      platform: 'linux-x64',
      cpu: 'c',
      cores: 2,
      memoryGiB: 8,
      packages: {},
    },
    timing: { startedAt: '', finishedAt: '2026-01-02T00:00:00Z', seconds: 40, attempts: 1 },
    ...changes,
  }) as StoredResult

test('provenance sums hours, and warns of mixed data, backends and versions', () => {
  const plain = buildReport(input({ results: [stored({}), stored({})] })).provenance
  expect(plain).toMatchObject({ seconds: 80, results: 2, backends: ['onnx 1.30'] })
  expect(plain.warnings).toEqual(['decoded from JPEG'])
  const lines = new Map(environmentLines(plain).map(({ name, lines }) => [name, lines]))
  expect(lines.get('results')).toEqual([
    '2, 1 min 20 s of work in all (other tables may share some of it), made 2026-01-02',
  ])
  expect(lines.get('verdicts')).toEqual(['@retable/harness 1.2.3'])
  const { environment } = stored({})
  const mixed = buildReport(
    input({
      results: [
        stored({}),
        stored({
          data: [{ request: { name: 'd' }, fingerprint: 'b'.repeat(64) }],
          backend: { name: 'cpu' },
          environment: { ...environment, packages: { x: '2' } },
        }),
      ],
    }),
  ).provenance.warnings.join('\n')
  expect(mixed).toContain('different backends are mixed: onnx 1.30, cpu')
  expect(mixed).toContain('fingerprints aaaaaaaaaaaa, bbbbbbbbbbbb')
  expect(mixed).toContain('different package versions')
})

test('a result that was carried over is marked wherever its number stands, and said of what', () => {
  const behind = (cell: string, seed: number, label: string, differs?: readonly string[]) => ({
    ...{ cell, seed, distance: 1, net: label, label, unitSeed: seed },
    result: { curve: [], extra: {}, ...(differs && { carriedOver: differs }) },
  })
  const backend = ['backend "wasm", now "onnx"']
  const report = buildReport(
    input({
      behind: [
        behind('a', 1, 'net A'),
        behind('b', 1, 'net B', backend),
        behind('b', 2, 'net B', backend),
        behind('c', 1, 'net B', backend),
        behind('c', 2, 'other net', ['threads 2, now 1']),
      ],
    }),
  )
  expect(report.cells.map(({ carriedOver }) => carriedOver.length)).toEqual([0, 2, 2])
  expect(report.provenance.warnings).toEqual([
    '† Resumed under different conditions (backend "wasm", then "onnx"): net B (seed 1), net B (seed 2).',
    '† Resumed under different conditions (threads 2, then 1): other net (seed 2).',
  ])
  const ours = tableGrid(report).rows.filter((row) => row[2] === 'ours')
  expect(ours[0]!.slice(3).map((text) => text.includes('†'))).toEqual([false, true])
  for (const render of [renderMarkdown, renderTerminal, renderPage]) {
    expect(render(report)).toMatch(
      /† Resumed under different conditions \(backend .*net B \(seed 1\)/,
    )
    expect(render(report)).toMatch(/\d ± \d.* \(\d\) †/)
  }
  expect(renderLatex(report)).toMatch(/caption\{.*\\dag\{\} Resumed under different conditions/)
  expect(renderLatex(report)).toMatch(/\$\\pm\$ .*\(\d\) \\dag\{\}/)
  const lines = renderCsv(report).trim().split('\n')
  expect(lines[0]).toMatch(/,carriedOver,diverged,implementation$/)
  const marked = lines.filter((line) => line.includes('net B: backend ""wasm"", now ""onnx""'))
  expect(marked.map((line) => line.split(',')[2])).toEqual(expect.arrayContaining(['b']))
  expect(lines.filter((line) => line.includes(',a,')).every((line) => line.endsWith(',,,'))).toBe(
    true,
  )
})

test('Markdown escapes what would break its table', () => {
  const text = renderMarkdown(buildReport(input()))
  expect(text).toContain('### Some \\| table')
  expect(text).toContain('[arXiv 1409.1556v6](https://arxiv.org/abs/1409.1556v6), Table 3, §4.1')
  expect(text).toContain('- Always. Why: w. Effect: e.')
  const rows = text.split('\n').filter((line) => line.startsWith('| '))
  expect(new Set(rows.slice(0, 14).map((line) => line.split('|').length)).size).toBe(1)
})

test('Markdown has claims and verdicts in a table, and what they rest on in a list by number', () => {
  const parts: Claim = {
    id: 'parts',
    text: 'B beats A, and C beats B',
    cite: '§5',
    test: 'improving',
    metric: 'top1',
    cells: ['a', 'b', 'c'],
  }
  const reproduction = { ...table, claims: [...table.claims, parts] }
  const text = renderMarkdown(buildReport(input({ reproduction })))
  const lines = text.slice(text.indexOf('**Claims'), text.indexOf('**Deviations')).split('\n')
  expect(lines.filter((line) => line.startsWith('|'))).toEqual([
    '|    | claim                         | verdict      |',
    '| -: | :---------------------------- | :----------- |',
    '|  1 | B beats A (§4)                | supported    |',
    '|  2 | B beats A, and C beats B (§5) | inconclusive |',
  ])
  expect(lines.filter((line) => /^ *(\d\.|-)/.test(line))).toEqual([
    expect.stringMatching(/^1\. n = 5, effect .*; one-sided paired tests over seeds, gain \\> 0$/),
    expect.stringMatching(
      /^2\. n = 5, 1 of 2 parts not supported, 1 of them without results; all of 2 parts: /,
    ),
    expect.stringMatching(/^ {4}- supported: n = 5, effect .* gain of B \(S 256, Q 256\) over A /),
    '    - not run: n = 0, no seed has all of its cells',
  ])
})

test('numbers, p-values and durations as people read them', () => {
  expect(formatNumber(138357544, 0)).toBe('138,357,544')
  expect(formatNumber(29.649)).toBe('29.6')
  expect([-0.04, -0, -0.05].map((value) => formatNumber(value))).toEqual(['0.0', '0.0', '-0.1'])
  expect(formatOurs({ n: 1, mean: 3.14159, sd: null }, 2, { exact: false, wasRun: true })).toBe(
    '3.14 (1)',
  )
  const missing = { n: 0, mean: null, sd: null }
  expect(formatOurs(missing, 2, { exact: false, wasRun: false })).toBe('not run')
  expect(formatOurs(missing, 2, { exact: false, wasRun: true })).toBe('–')
  expect(formatP(0.0312)).toBe('p = 0.031')
  expect(formatP(0.00312)).toBe('p = 0.0031')
  expect(formatP(0.00001)).toBe('p < 0.0001')
  // As many digits as tell it from α.
  expect(formatP(0.04997, 0.05)).toBe('p = 0.04997')
  expect(formatP(0.05015, 0.05)).toBe('p = 0.0502')
  expect(formatP(0.0499999999, 0.05)).toBe('p = 0.0499999999')
  expect(formatP(0.05, 0.05)).toBe('p = 0.050')
  expect(formatP(0.0499, 0.1)).toBe('p = 0.050')
  expect(formatP(0.00996, 0.01)).toBe('p = 0.00996')
  expect([0.42, 12, 59.7, 190, 6120, 260_000].map(formatDuration)).toEqual([
    ...['0.4 s', '12 s', '1 min 0 s', '3 min 10 s', '1 h 42 min', '3 d 0 h'],
  ])
})

test('a section is replaced only between its own two markers', () => {
  const page = 'a\n<!-- begin x -->\nold\n<!-- end x -->\nb'
  expect(replaceSection(page, 'x', 'new\n', 'p.md')).toBe(
    [
      ...['a', '<!-- begin x -->', '', '<!-- Generated; edits are lost. -->'],
      ...['<!-- prettier-ignore-start -->', '', 'new', '', '<!-- prettier-ignore-end -->'],
      ...['', '<!-- end x -->', 'b'],
    ].join('\n'),
  )
  expect(() => replaceSection('', 'x', '', 'p.md')).toThrow('p.md has no line "<!-- begin x -->"')
  expect(() => replaceSection(`${page}\n${page}`, 'x', '', 'p.md')).toThrow('has 2 lines')
  // A file of Windows keeps its ends of line, and its own odd ones.
  const windows = 'a\r\nodd\n<!-- begin x -->\r\nold\r\n<!-- end x -->\r\nb'
  const written = replaceSection(windows, 'x', 'new\nnewer\n', 'p.md')
  expect(written).toMatch(/^a\r\nodd\n<!-- begin x -->\r\n/)
  expect(written).toMatch(/<!-- end x -->\r\nb$/)
  expect(written.match(/(?<!\r)\n/g)).toHaveLength(1)
  expect(replaceSection(written, 'x', 'new\nnewer\n', 'p.md')).toBe(written)
  const swapped = '<!-- end x -->\n<!-- begin x -->'
  expect(() => replaceSection(swapped, 'x', '', 'p.md')).toThrow('before it begins')
})

test('a metric or curve that is called like a property of every object is read from results only', () => {
  const reproduction: Reproduction = {
    ...table,
    metrics: [{ id: 'constructor', name: 'constructor', unit: '', better: 'lower' }],
    claims: [],
  }
  const report = buildReport(
    input({
      reproduction,
      behind: [1, 2].map((seed) => ({
        ...{ cell: 'a', seed, distance: 0, net: 'a', label: 'net A', unitSeed: seed },
        result: {
          extra: {},
          curve: [
            { step: 1, trainLoss: 3 },
            { step: 2, trainLoss: 2, constructor: 5 },
            { step: 3, trainLoss: 1, constructor: 4 },
          ],
        },
      })),
    }),
  )
  expect(report.cells[0]!.numbers[0]).toMatchObject({ paper: null, n: 0, mean: null })
  const page = renderPage(report)
  expect(page).toContain('constructor: from 5.00 to 4.00 over 2 seeds')
  expect(page).not.toContain('NaN')
})

test('CSV keeps every label, whatever the heads of rows are called', () => {
  const csvOf = (rowHeads: readonly string[]) => {
    const cells = table.cells.map((cell) => ({
      ...cell,
      row: rowHeads.map((_, i) => `${cell.id}${i}`),
    }))
    const report = buildReport(input({ reproduction: { ...table, rowHeads, cells } }))
    return renderCsv(report)
      .trim()
      .split('\n')
      .map((line) => line.split(','))
  }
  for (const [rowHeads, columns] of [
    [['cell'], ['cell (row)']],
    [
      ['n', 'n'],
      ['n (row)', 'n (row 2)'],
    ],
    [
      ['S', 'S'],
      ['S', 'S (row)'],
    ],
    [
      ['', ''],
      ['row', 'row (row)'],
    ],
    [
      ['n (row)', 'n'],
      ['n (row)', 'n (row 2)'],
    ],
    [
      ['constructor', '__proto__'],
      ['constructor', '__proto__'],
    ],
  ] as const) {
    const [head, ...lines] = csvOf(rowHeads)
    expect(head!.slice(3, 3 + columns.length)).toEqual(columns)
    expect(new Set(head).size).toBe(head!.length)
    expect(lines[0]!.slice(2, 3 + columns.length)).toEqual([
      'a',
      ...rowHeads.map((_, i) => `a${i}`),
    ])
    expect(lines.every((line) => line.length === head!.length)).toBe(true)
  }
})

test('tables with wide and combining characters are aligned', () => {
  const cells = table.cells.map((cell, i) => ({
    ...cell,
    row: [['深度', 'e\u0301', 'ab'][i]!, '256'],
  }))
  const report = buildReport(input({ reproduction: { ...table, cells } }))
  for (const [text, mark] of [
    [renderMarkdown(report), '|'],
    [renderTerminal(report), 'top-1'],
  ] as const) {
    const lines = text
      .split('\n')
      .filter((line) => /^(\| )?(深度|e\u0301|ab) +(\| )?256/.test(line))
    expect(lines).toHaveLength(3)
    const columns = lines.map((line) => stringWidth(line.slice(0, line.indexOf(mark, 2))))
    expect(new Set(columns).size).toBe(1)
  }
})

test('a run that diverged counts, and is marked wherever its number stands', () => {
  const why = 'the loss is NaN at step 20'
  const report = buildReport(
    input({
      cells: new Map([
        ['a', seeds('top1', 29.9, 90, 30.6, 30.2, 30.2)],
        ['b', seeds('top1', 28.1, 28, 28.5, 28.2, 28.2)],
        ['c', new Map()],
      ]),
      behind: [
        {
          ...{ cell: 'a', seed: 2, distance: 1, net: 'a', label: 'net A', unitSeed: 2 },
          result: { curve: [], extra: { diverged: why } },
        },
      ],
    }),
  )
  expect(report.cells[0]!.numbers[0]!.n).toBe(5)
  expect(report.cells[0]!.diverged).toEqual([{ seed: 2, label: 'net A', unitSeed: 2, why }])
  const ours = tableGrid(report).rows.find((row) => row[2] === 'ours')!
  expect(ours.slice(3)).toEqual(['42.2 ± 26.7 (5) ‡', '28.2 ± 0.2 (5)'])
  const warning = `‡ 1 run diverged; its errors count as those of a net that learned nothing: net A (seed 2): ${why}.`
  for (const render of [renderMarkdown, renderTerminal, renderPage]) {
    expect(render(report)).toContain(warning)
  }
  expect(renderLatex(report)).toMatch(/caption\{.*\\ddag\{\} 1 run diverged; its errors count/)
  const lines = renderCsv(report).split('\n')
  expect(lines.filter((line) => line.endsWith(`,net A: ${why},`))[0]).toContain(',a,')
})

test('numbers that are inconclusive say why under the table, each reason once', () => {
  const cells = new Map([
    ['a', seeds('top1', 29.9, 30.1)],
    ['b', seeds('top1', 28.1, 28)],
    ['c', seeds('top1', 27, 27, 27, 27, 27)],
  ])
  const { note } = tableGrid(buildReport(input({ cells })))
  expect(note).toContain('Inconclusive (2 numbers): 2 seeds, and a verdict takes at least 5.')
  expect(note).toContain(
    'Inconclusive (1 number): the seeds do not differ: only a run in which seeds matter would decide it.',
  )
})

/** PyTorch's errors of the table's nets, by cell, for seeds 1, 2, … */
const pytorch = (cells: Readonly<Record<string, readonly number[]>>): ReferenceResults => ({
  format: 'retable-reference',
  formatVersion: 1,
  implementation: 'PyTorch',
  reproduction: 'some-table',
  tier: 'whole',
  overrides: {},
  paired: true,
  provenance: { command: 'run', packages: { torch: '2' }, machine: 'one', made: '2026-01-01' },
  cells: Object.fromEntries(
    Object.entries(cells).map(([cell, values]) => [
      cell,
      { top1: Object.fromEntries(values.map((value, i) => [String(i + 1), value])) },
    ]),
  ),
})

describe('a claim that ours contradict', () => {
  const worse = new Map([
    ['a', seeds('top1', 28.1, 28, 28.5, 28.2, 28.2)],
    ['b', seeds('top1', 29.9, 30.1, 30.6, 30.2, 30.2)],
    ['c', new Map()],
  ])
  const judged = (cells: Readonly<Record<string, readonly number[]>>, ours = worse) =>
    buildReport(input({ cells: ours, references: [pytorch(cells)] }))
  const contradicting = { a: [28, 28.2, 28.4, 28.1, 28.3], b: [29.8, 30.3, 30.2, 30.1, 30.4] }
  const undecided = { a: [28, 31, 28, 31, 28], b: [30, 28, 31, 29, 30] }

  test('stays contradicted if another implementation contradicts it too, or there is none', () => {
    const ourselves = buildReport(input({ cells: worse }))
    expect(ourselves.claims[0]).toMatchObject({ verdict: 'contradicted', references: [] })
    const unjudged = 'no other implementation’s runs have judged it'
    expect(renderTerminal(ourselves)).toContain(unjudged)
    expect(renderTerminal(judged(contradicting))).not.toContain(unjudged)
    expect(judged(contradicting).claims[0]).toMatchObject({
      verdict: 'contradicted',
      ours: 'contradicted',
      references: [{ implementation: 'PyTorch', judged: { verdict: 'contradicted', n: 5 } }],
    })
  })

  test('is open if another implementation does not, and every renderer says what both find', () => {
    const report = judged(undecided)
    const [claim] = report.claims
    const reason = 'ours contradict it, PyTorch’s runs of the same recipe do not'
    expect(claim).toMatchObject({ verdict: 'inconclusive', ours: 'contradicted', reason })
    // PyTorch's differences −2, 3, −3, 2, −2: their spread is what seeds are counted for.
    expect(claim!.needed).toMatchObject({
      of: 'PyTorch',
      sd: claim!.references[0]!.judged.needed!.sd,
    })
    expect(stateOf(report).claims).toEqual({ inconclusive: 1 })
    for (const render of [renderTerminal, renderMarkdown, renderPage, renderLatex]) {
      // LaTeX has an apostrophe of its own.
      const text = render(report).replaceAll("'", '’')
      expect(text).toContain(reason)
      expect(text).toMatch(/t-test p .{1,20} against/)
      expect(text).toContain('by the runs of PyTorch, inconclusive: n = 5, effect -0.40')
      expect(text).toContain('at PyTorch’s spread (standard deviation 2.7')
    }
  })

  test('is not opened by fewer than five seeds, nor by runs that lack a cell', () => {
    const four = { a: undecided.a.slice(1), b: undecided.b.slice(1) }
    expect(judged(four).claims[0]).toMatchObject({ verdict: 'contradicted' })
    expect(judged({ a: undecided.a, c: undecided.b }).claims[0]).toMatchObject({
      verdict: 'contradicted',
      references: [],
    })
  })

  test('only contradictions are opened: a supported claim keeps its verdict', () => {
    expect(judged(undecided, input().cells as typeof worse).claims[0]).toMatchObject({
      verdict: 'supported',
      ours: 'supported',
      references: [{ judged: { verdict: 'inconclusive' } }],
    })
  })
})
