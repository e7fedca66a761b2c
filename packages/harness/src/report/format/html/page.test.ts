import type { Element } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { select, selectAll } from 'hast-util-select'
import { toString } from 'hast-util-to-string'
import { expect, test } from 'vitest'
import { madeUpErrors, madeUpReport, madeUpTable } from '../../../node/testing/made-up-report.js'
import { formatOurs } from '../../text/format-number.js'
import type { Report } from '../../report.js'
import { renderPage } from './page.js'

/** The page as a tree; a parse error fails the test. */
const parse = (report: Report) => {
  const errors: string[] = []
  const page = fromHtml(renderPage(report), {
    onerror: (error) => {
      errors.push(`${error.ruleId}: ${error.message}`)
    },
  })
  expect(errors).toEqual([])
  return page
}

/** A table's cells as text, with row spans written out. */
const tableText = (table: Element): string[][] => {
  const rows: string[][] = selectAll('tbody tr', table).map(() => [])
  selectAll('tbody tr', table).forEach((tr, y) => {
    let x = 0
    for (const cell of selectAll('th, td', tr)) {
      while (rows[y]![x] !== undefined) x++
      const span = Number(cell.properties['rowSpan'] ?? 1)
      for (let down = 0; down < span; down++) rows[y + down]![x] = toString(cell)
      x++
    }
  })
  return rows
}

test.each(madeUpTable.tiers!.map((tier) => [tier.name, tier] as const))(
  'the table has the report’s numbers in their places, tier %s',
  (_, tier) => {
    const report = madeUpReport({ tier })
    const table = select('table', parse(report))!
    expect(selectAll('thead tr > *', table).map((one) => toString(one))).toEqual([
      ...['S', 'Q', '', 'A', 'B'],
    ])
    const rows = tableText(table)
    for (const row of rows) expect(row).toHaveLength(5)
    const line = (S: string, name: string, nth = 0) =>
      rows.filter((row) => row[0] === S && row[2] === name)[nth]!
    const ours = (cell: number, metric: number) =>
      formatOurs(report.cells[cell]!.numbers[metric]!, 1, { exact: false, wasRun: true })
    expect(line('256', 'top-1 error, %: paper').slice(3)).toEqual(['30.0', '28.0'])
    expect(line('256', 'ours').slice(3)).toEqual([ours(0, 0), ours(1, 0)])
    expect(line('256', 'ours', 1).slice(3)).toEqual([ours(0, 1), ours(1, 1)])
    expect(ours(0, 0)).toBe('30.2 ± 0.3 (5)')
    expect(line('[256;512]', 'ours')).toEqual(['[256;512]', '384', 'ours', '', 'not run'])
    const compared = rows.filter((row) => row[2] === 'Δ')
    if (!tier.paper) expect(compared).toEqual([])
    else {
      expect(compared[0]!.slice(3)).toEqual(['+0.2', '+0.2'])
      expect(line('256', 'verdict').slice(3)).toEqual(['reproduced (±0.8)', 'reproduced (±0.6)'])
    }
  },
)

test('claims, runs, protocol, deviations, rules and the command are all there', () => {
  const report = madeUpReport()
  const page = parse(report)
  const captions = selectAll('table > caption', page).map((one) => toString(one))
  expect(captions).toHaveLength(selectAll('table', page).length)
  const table = (caption: string) =>
    tableText(selectAll('table', page).find((one) => toString(one).includes(caption))!)
  const claims = table('Each claim')
  expect(claims.map((row) => row[1])).toEqual(report.claims.map(({ verdict }) => verdict))
  expect(claims[0]![2]).toContain(
    'n = 5, effect 2.00 percentage points gain of B (S 256, Q 256) over A (S 256, Q 256)',
  )
  expect(table('cell, metric and seed')[0]).toEqual([
    ...['a', 'top-1 error, %', ...madeUpErrors['a']!.map((value) => value.toFixed(2))],
  ])
  expect(table('where it says so')).toEqual([['batch size', '256', '§3.1']])
  const text = toString(page)
  for (const rule of report.rules) expect(text).toContain(rule)
  expect(text).toContain('Smaller. Why: w. Effect: e.')
  expect(toString(select('pre', page)!)).toBe('toy run made-up --seeds 1,2,3,4,5')
})

test('nothing is fetched, nothing runs, and texts are texts', () => {
  const page = parse(madeUpReport())
  expect(selectAll('script, link, iframe, object, embed, img, base', page)).toEqual([])
  for (const element of selectAll('[src], [href], [srcset], [action], [poster]', page)) {
    expect(element.tagName).toBe('a')
    expect(element.properties['href']).toBe('https://arxiv.org/abs/1409.1556v6')
  }
  for (const style of selectAll('style', page)) expect(toString(style)).not.toMatch(/url\(|@import/)
  expect(selectAll('[style]', page)).toEqual([])
  const policy = select('meta[http-equiv=Content-Security-Policy]', page)!
  expect(policy.properties['content']).toMatch(
    /^default-src 'none'; style-src 'unsafe-inline'; img-src data:$/,
  )
  expect(toString(select('h1', page)!)).toBe('A & B, 50% <script>alert(1)</script>')
})

test('headings, names of drawings and ids serve who does not see the page', () => {
  const page = parse(madeUpReport())
  expect(select('html', page)!.properties['lang']).toBe('en')
  expect(selectAll('h1', page)).toHaveLength(1)
  const ids = selectAll('[id]', page).map(({ properties }) => properties['id'])
  expect(new Set(ids).size).toBe(ids.length)
  const svgs = selectAll('svg', page)
  // Effects on two scales, the legend and two nets.
  expect(svgs).toHaveLength(5)
  for (const svg of svgs) {
    expect(svg.properties['role']).toBe('img')
    const names = [svg.properties['ariaLabelledBy']].flat().map(String)
    const parts = names.map((id) => select(`[id="${id}"]`, svg)!)
    expect(parts.map(({ tagName }) => tagName)).toEqual(['title', 'desc'])
    expect(toString(parts[1]!).length).toBeGreaterThan(10)
  }
  for (const th of selectAll('th', page)) expect(th.properties['scope']).toMatch(/^(row|col)$/)
  for (const region of selectAll('.wide', page)) {
    expect(region.properties['tabIndex']).toBe(0)
    expect(region.properties['ariaLabel']).toBeTruthy()
  }
})

test('with nothing run the page says so, and has no drawings', () => {
  const page = parse(
    madeUpReport({
      cells: new Map(madeUpReport().cells.map(({ id }) => [id, new Map()])),
      behind: [],
    }),
  )
  const rows = tableText(select('table', page)!).filter((row) => row[2] === 'ours')
  expect(rows.flatMap((row) => row.slice(3)).filter((text) => text !== '')).toEqual(
    Array(5).fill('not run'),
  )
  expect(toString(select('header strong', page)!)).toBe('not run')
  expect(selectAll('svg', page)).toEqual([])
})

test('kernels are an image inside the page', () => {
  const kernels = { shape: [2, 2, 3, 4], values: Array.from({ length: 48 }, (_, i) => i - 24) }
  const behind = [
    {
      cell: 'a',
      seed: 1,
      distance: 1,
      net: 'n',
      label: 'net a',
      unitSeed: 1,
      result: { curve: [], extra: { kernels } },
    },
  ]
  const image = select('svg image', parse(madeUpReport({ behind })))!
  expect(image.properties['href']).toMatch(/^data:image\/png;base64,iVBOR/)
})
