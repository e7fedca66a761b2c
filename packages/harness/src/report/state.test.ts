import { format } from 'prettier'
import { expect, test } from 'vitest'
import { madeUpReport, madeUpTable } from '../node/testing/made-up-report.js'
import { stateDetails, stateOf } from './state.js'
import { renderMarkdown } from './format/markdown.js'
import { statePage, stateTable } from './state-table.js'

const cellsWith = (errors: Readonly<Record<string, readonly number[]>>) =>
  new Map(
    madeUpTable.cells.map(({ id }) => [
      id,
      new Map(
        (errors[id] ?? []).map((top1, i) => [i + 1, { metrics: { top1 }, curve: [], extra: {} }]),
      ),
    ]),
  )

const all = {
  a: [29.9, 30.1, 30.6, 30.2, 30.2],
  b: [14.1, 14, 14.2, 14.1, 14.3],
  c: [27, 27.1, 26.9, 27.2, 27],
}

test('nothing run, some of it, and all of it', () => {
  expect(stateOf(madeUpReport({ cells: cellsWith({}) }))).toMatchObject({
    word: 'not run',
    made: 0,
    cells: 3,
    seeds: 0,
  })
  expect(stateOf(madeUpReport())).toMatchObject({ word: 'partly made', made: 2, seeds: 5 })
  const oneSeed = cellsWith({ a: [30], b: [20], c: [27] })
  expect(stateOf(madeUpReport({ cells: oneSeed })).word).toBe('partly made')
})

test('in a reduced tier the claims decide', () => {
  const state = stateOf(madeUpReport({ cells: cellsWith(all) }))
  expect(state.claims).toEqual({ supported: 2 })
  expect(state.word).toBe('claims supported')
  expect(stateDetails(state)).toBe('3 of 3 cells, 5 seeds; claims: 2 supported')
  const changed = madeUpReport({
    cells: cellsWith(all),
    overridden: [{ name: 'steps', value: 100, from: 500 }],
  })
  expect(stateDetails(stateOf(changed))).toBe(
    '3 of 3 cells, 5 seeds, --steps 100; claims: 2 supported',
  )
  // One claim supported, and the nets of the other within its margin of each other: each is decided.
  const claims: typeof madeUpTable.claims = [
    {
      ...{ id: 'same', text: 'C beats A', cite: '§4', test: 'better', metric: 'top1' },
      ...{ cell: 'c', than: 'a', equivalence: { within: 0.5, why: 'made up' } },
    },
    madeUpTable.claims[1]!,
  ]
  const level = { ...all, c: [29.9, 30.2, 30.5, 30.3, 30.2] }
  const decided = stateOf(
    madeUpReport({ reproduction: { ...madeUpTable, claims }, cells: cellsWith(level) }),
  )
  expect(decided.claims).toEqual({ equivalent: 1, supported: 1 })
  expect(decided.word).toBe('claims decided')
  const reversed = { ...all, b: [35, 35.1, 35.3, 35.2, 35.4] }
  expect(stateOf(madeUpReport({ cells: cellsWith(reversed) })).word).toBe('a claim contradicted')
})

test('where no claim has a number it is made, and says so of the claims', () => {
  const cells = cellsWith({ a: [30], b: [30], c: [30] })
  const reproduction = { ...madeUpTable, read: () => ({}) }
  const state = stateOf(madeUpReport({ reproduction, cells, seeds: [1] }))
  expect(state.word).toBe('made')
  expect(stateDetails(state)).toBe('3 of 3 cells, 1 seed; claims: 2 no data')
})

test('in a tier marked as the paper’s the cells decide', () => {
  const cells = (errors: typeof all) =>
    stateOf(madeUpReport({ tier: madeUpTable.tiers![1]!, cells: cellsWith(errors) }))
  expect(cells(all)).toMatchObject({ word: 'differs' })
  const close = {
    a: [29.9, 30.1, 30.6, 30.2, 30.2],
    b: [28.1, 28, 28.5, 28.2, 28.2],
    c: [27, 27.1, 26.9, 27.2, 27],
  }
  const state = cells(close)
  // Five numbers of the paper's; the runs have no top-5 errors.
  expect(state.numbers).toEqual({ reproduced: 3, 'no data': 2 })
  expect(state.word).toBe('inconclusive')
})

test('the table of states has a line a reproduction and a column a tier', () => {
  const reports = [
    madeUpReport(),
    madeUpReport({ tier: madeUpTable.tiers![1]!, cells: cellsWith({}) }),
  ] as const
  const lines = stateTable([{ id: 'made-up', reports, href: 'a b/made-up.md' }]).split('\n')
  expect(lines[0]).toMatch(/\| imagenet tier +\| synthetic tier +\|$/)
  const columns = lines[2]!.split(/(?<!\\)\|/).map((text) => text.trim())
  expect(columns[1]).toBe('[`made-up`](a%20b/made-up.md)')
  expect(columns[2]).toContain('\\<script\\>')
  expect(columns[3]).toBe('not run')
  expect(columns[4]).toMatch(/^\*\*partly made\*\*: 2 of 3 cells, 5 seeds; claims: /)
})

test('a tier that only some have is a column of its own, and a dash with the others', () => {
  const tier = { ...madeUpTable.tiers![0]!, name: 'gpu' }
  const [head, , plain, richer, counted] = stateTable([
    { id: 'plain', reports: [madeUpReport(), madeUpReport({ tier: madeUpTable.tiers![1]! })] },
    { id: 'richer', reports: [madeUpReport(), madeUpReport({ tier })] },
    { id: 'counted', reports: [{ ...madeUpReport(), tier: null }] },
  ]).split('\n')
  const cells = (line: string | undefined) =>
    line!
      .split(/(?<!\\)\|/)
      .map((text) => text.trim().replace(/:.*/, ''))
      .slice(3, -1)
  expect(cells(head)).toEqual(['imagenet tier', 'gpu tier', 'synthetic tier'])
  expect(cells(plain)).toEqual(['**partly made**', '–', '**partly made**'])
  expect(cells(richer)).toEqual(['–', '**partly made**', '**partly made**'])
  expect(cells(counted).slice(1)).toEqual(['the same', 'the same'])
})

test('a formatter leaves a generated page as it is', async () => {
  const page = statePage(
    'made-up',
    [renderMarkdown(madeUpReport(), { level: 2 })],
    'toy report all',
  )
  expect(page).toContain('\n## A & B')
  expect(await format(page, { parser: 'markdown' })).toBe(page)
})
