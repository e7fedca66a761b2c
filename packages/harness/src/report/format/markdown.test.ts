import type { Element, Root } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { select, selectAll } from 'hast-util-select'
import { toString } from 'hast-util-to-string'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { expect, test } from 'vitest'
import { madeUpReport, madeUpTable } from '../../node/testing/made-up-report.js'
import { defineReproduction } from '../../declare/define-reproduction.js'
import { encodePath } from '../text/encode-path.js'
import { codeSpan, escapeLinkText, escapeMarkdown } from './markdown-escape.js'
import { renderMarkdown } from './markdown.js'

/** Markdown as GitHub reads it: CommonMark with tables, strikethrough, task lists, footnotes and bare links. */
const rendered = (markdown: string): Root =>
  fromHtml(
    micromark(markdown, {
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
      allowDangerousHtml: true,
    }),
    { fragment: true },
  )

const texts = [
  '[f](x)',
  '![f](x)',
  '[f][g]',
  '[label]',
  '[label]: /url',
  '[^1]',
  '[ ] task',
  '&lt;',
  '&#35;',
  '&amp',
  'R&D; A & B',
  '<b>bold</b>',
  '<https://example.org>',
  '*a* _b_ **c** __d__ ~e~ ~~f~~ `g`',
  '`` ` ``',
  'a\\b \\* \\',
  '| a | b |',
  '$x^2$ and $$y$$',
  '# head',
  '###### head',
  '#',
  '- item',
  '+ item',
  '-',
  '---',
  '===',
  '1. one',
  '123) one',
  '> quoted',
  '~~~',
  '```',
  '-0.5',
  '[256;512]',
  '(256, 512)',
  'line\nbreak',
  'line\r\n\r\n# break',
  'snake_case_name',
  'https://example.org/a_b*c',
  'www.example.org/a_b and a_b@example_x.org',
  '深度 学习',
]

/** One text in each place of a report where somebody's text goes. */
const places: readonly [string, (text: string) => string, (page: Root) => Element][] = [
  ['a paragraph', (text) => text, (page) => select('p', page)!],
  ['a heading', (text) => `### ${text}`, (page) => select('h3', page)!],
  ['a list', (text) => `- ${text}`, (page) => select('li', page)!],
  ['a numbered list', (text) => `1. ${text}`, (page) => select('li', page)!],
  [
    'a table',
    (text) => `| a | b |\n| - | - |\n| ${text} | c |`,
    (page) => select('td:first-child', page)!,
  ],
  ['strong text', (text) => `**${text}**`, (page) => select('strong', page)!],
]

test.each(places)('in %s the rendered text is the text', (_, put, find) => {
  for (const text of texts) {
    // A document may define what a bracket refers to.
    const page = rendered(
      `${put(escapeMarkdown(text))}\n\n[label]: /else\n\n[256;512]: /else\n\n[^1]: note`,
    )
    const found = find(page)
    expect(found, text).toBeDefined()
    expect(toString(found), text).toBe(text.replace(/\s*[\r\n]\s*/g, ' '))
    expect(selectAll('em, del, code, img, input, b, script, sup', found), text).toEqual([])
    expect(selectAll('a', found), text).toEqual([])
  }
})

test('as the text of a link, and as the description of an image, it is the text', () => {
  for (const text of texts) {
    const said = text.replace(/\s*[\r\n]\s*/g, ' ')
    const page = rendered(
      `[${escapeLinkText(text)}](y.svg) ![${escapeLinkText(text)}](z.svg)\n\n[label]: /else`,
    )
    const links = selectAll('a', page)
    expect(links.map((link) => [link.properties['href'], toString(link)])).toEqual([
      ['y.svg', said],
    ])
    expect(select('img', page)!.properties).toMatchObject({ src: 'z.svg', alt: said })
  }
})

test.each(['a', '`', '``', 'a`b', '`a`', ' a ', 'a\nb', "--results 'it`s'", 'a``b`c', '<b>&lt;*'])(
  'as code %j reads as it stands',
  (text) => {
    const code = selectAll('code', rendered(codeSpan(text)))
    expect(code).toHaveLength(1)
    expect(toString(code[0]!)).toBe(text.replace('\n', ' '))
  },
)

test.each(['plots #1 (x/a.svg', '../p?q=1/100%.svg', "it's [1]*!.svg", '深/度.svg', 'a b/c"d.svg'])(
  'a link to %j leads there',
  (path) => {
    const link = select('a', rendered(`[x](${encodePath(path)})`))!
    expect(decodeURIComponent(String(link.properties['href']))).toBe(path)
    expect(String(link.properties['href'])).not.toMatch(/[#?]/)
  },
)

test('a report with hostile texts: tables keep their shape, links lead to the drawings, nothing is markup', () => {
  const hostile = '[f](x) &lt; <b>|`*\n# no'
  const reproduction = defineReproduction({
    ...madeUpTable,
    title: hostile,
    source: { paper: hostile, arxiv: '1409.1556v6) x', table: hostile },
    cells: madeUpTable.cells.map((cell) => ({ ...cell, column: `${cell.column} ${hostile}` })),
    claims: madeUpTable.claims.map((claim) => ({ ...claim, text: hostile, cite: hostile })),
    deviations: [{ what: hostile, why: hostile, effect: hostile }],
  })
  const report = madeUpReport({ reproduction, command: "toy run --results '`a``'" })
  const href = 'plots #1 (x/a.svg'
  const page = rendered(
    renderMarkdown(report, { plots: [{ title: hostile, caption: hostile, href }] }),
  )
  const said = hostile.replace('\n', ' ')
  expect(toString(select('h3', page)!)).toBe(said)
  const [table, claims] = selectAll('table', page)
  for (const one of [table!, claims!]) {
    const widths = selectAll('tr', one).map((row) => selectAll('th, td', row).length)
    expect(new Set(widths).size).toBe(1)
  }
  expect(
    selectAll('th', table)
      .map((cell) => toString(cell))
      .slice(-2),
  ).toEqual([`A ${said}`, `B ${said}`])
  expect(selectAll('h1, h2, b', page)).toEqual([])
  expect(selectAll('code', page).map((code) => toString(code))).toContain(
    "toy run --results '`a``'",
  )
  const links = selectAll('a', page).map((link) => String(link.properties['href']))
  expect(links.map(decodeURIComponent)).toEqual(['https://arxiv.org/abs/1409.1556v6) x', href])
  expect(decodeURIComponent(String(select('img', page)!.properties['src']))).toBe(href)
})
