import type { Element, ElementContent } from 'hast'
import { h } from 'hastscript'
import type { Grid } from '../../grid.js'

/** A section with a heading; nothing if it has no content. */
export const section = (
  title: string,
  content: readonly (Element | ElementContent)[],
): readonly Element[] => (content.length === 0 ? [] : [h('section', [h('h2', title), ...content])])

/** A table that scrolls by itself if it is wider than the page. */
export const table = (caption: string, parts: readonly Element[], className = ''): Element =>
  h('div', { class: 'wide', tabIndex: 0, role: 'region', ariaLabel: caption }, [
    h('table', className === '' ? {} : { class: className }, [
      h('caption', h('span', caption)),
      ...parts,
    ]),
  ])

/** The head of a table. */
export const tableHead = (names: readonly string[], labels: number = names.length): Element =>
  h('thead', [
    h(
      'tr',
      names.map((name, i) =>
        // An empty corner is no heading of anything.
        name === ''
          ? h('td')
          : h('th', { scope: 'col', ...(i >= labels && { class: 'number' }) }, name),
      ),
    ),
  ])

/** A grid of text: its leading columns head the rows, an empty label stands for the one above it. */
export const gridTable = (caption: string, { head, rows, labels }: Grid): Element =>
  table(caption, [
    tableHead(head, labels),
    h(
      'tbody',
      rows.map((row, i) =>
        h('tr', { ...(labels > 1 && i > 0 && row[0] !== '' && { class: 'first' }) }, [
          ...row.slice(0, labels).flatMap((label, column) => {
            const above = i > 0 && startsRow(row, column) === false
            if (above) return []
            const next = rows.slice(i + 1).findIndex((later) => startsRow(later, column))
            const span = next < 0 ? rows.length - i : next + 1
            return [h('th', { scope: 'row', ...(span > 1 && { rowSpan: span }) }, label)]
          }),
          ...row.slice(labels).map((text) => h('td', { class: 'number' }, text)),
        ]),
      ),
    ),
  ])

/** Whether a row has a label of its own in a column: if it or one before it is not empty. */
const startsRow = (row: readonly string[], column: number): boolean =>
  row.slice(0, column + 1).some((label) => label !== '')

/** A list of sentences. */
export const list = (lines: readonly string[]): Element =>
  h(
    'ul',
    lines.map((line) => h('li', line)),
  )
