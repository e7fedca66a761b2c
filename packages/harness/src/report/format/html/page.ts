import type { Element } from 'hast'
import { toHtml } from 'hast-util-to-html'
import { h } from 'hastscript'
import { claimEvidence, claimDetails, deviationText } from '../../text/claim-text.js'
import { formatNumber, noNumber, sentence } from '../../text/format-number.js'
import { metricHead, tableGrid } from '../../grid.js'
import { legendPanel, panelElement, type Plot } from '../../plot/plot.js'
import { plotsOf } from '../../plot/plots.js'
import { environmentLines, referenceText } from '../../provenance.js'
import type { Report } from '../../report.js'
import { changedText, seedsText } from '../../text/setting-text.js'
import { arxivPage, placeOf } from '../../text/source-text.js'
import { stateDetails, stateOf } from '../../state.js'
import { gridTable, list, section, table, tableHead } from './elements.js'
import { pageStyle } from './page-style.js'

/** A report as one page that holds everything: style, drawings, no script, nothing fetched. */
export const renderPage = (report: Report): string => {
  const page = h('html', { lang: 'en' }, [
    h('head', [
      h('meta', { charSet: 'utf-8' }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      // Whatever a result's text holds, the page can load nothing.
      h('meta', {
        httpEquiv: 'Content-Security-Policy',
        content: "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
      }),
      h('title', `${placeOf(report.source)}: ${report.title}`),
      h('style', pageStyle),
    ]),
    h('body', [
      h('main', [
        ...header(report),
        ...section('The table', tables(report)),
        ...section('Claims of the paper', claims(report)),
        ...plotsOf(report).map(plotSection),
        ...section('Every run', runs(report)),
        ...section('Deviations from the paper', listOf(report.deviations.map(deviationText))),
        ...section('Protocol of the paper', protocol(report)),
        ...section('How it was made', provenance(report)),
        ...section('Rules', listOf(report.rules)),
      ]),
    ]),
  ])
  return `<!doctype html>\n${toHtml(page)}\n`
}

const listOf = (lines: readonly string[]): readonly Element[] =>
  lines.length === 0 ? [] : [list(lines)]

const header = (report: Report): readonly Element[] => {
  const { source } = report
  const state = stateOf(report)
  const details = stateDetails(state)
  const changed = changedText(report)
  return [
    h('header', [
      h('h1', report.title),
      h('p', { class: 'muted' }, [
        placeOf(source),
        ...(source.arxiv === undefined
          ? []
          : [', ', h('a', { href: arxivPage(source.arxiv) }, `arXiv ${source.arxiv}`)]),
        ...(source.url === undefined
          ? []
          : [', ', isPage(source.url) ? h('a', { href: source.url }, source.url) : source.url]),
      ]),
      h('p', [h('strong', state.word), details === '' ? '.' : `: ${details}.`]),
      h(
        'p',
        report.tier === null
          ? sentence(report.tierDescription)
          : `Tier ${report.tier}: ${sentence(report.tierDescription)} ${seedsText(report.seeds)}.`,
      ),
      ...(changed === '' ? [] : [h('p', `Settings changed from the tier’s own: ${changed}.`)]),
      ...report.provenance.warnings.map((text) => h('p', sentence(text))),
    ]),
  ]
}

/** Whether a URL is of a page: another scheme (`javascript:`) is no link. */
const isPage = (url: string): boolean => /^https?:\/\//i.test(url)

const tables = (report: Report): readonly Element[] => {
  const ours =
    report.tier === null
      ? 'ours is counted'
      : 'ours is the mean ± standard deviation (number of seeds)'
  const grid = tableGrid(report)
  return [
    gridTable(`${placeOf(report.source)}: the paper’s numbers and ours; ${ours}`, grid),
    ...(grid.note === '' ? [] : [h('p', { class: 'muted' }, grid.note)]),
  ]
}

const claims = (report: Report): readonly Element[] => {
  if (report.claims.length === 0) return []
  return [
    table(
      'Each claim with its verdict and what it rests on',
      [
        tableHead(['claim', 'verdict', 'evidence', 'test']),
        h(
          'tbody',
          report.claims.map((claim) => {
            const parts = claimDetails(claim, report)
            return h('tr', [
              h('td', `${claim.text} (${claim.cite})`),
              h('td', { class: claim.verdict.replace(' ', '-') }, claim.verdict),
              h('td', [claimEvidence(claim, report), ...(parts.length > 0 ? [list(parts)] : [])]),
              h('td', claim.test),
            ])
          }),
        ),
      ],
      'claims',
    ),
  ]
}

const plotSection = (plot: Plot): Element => {
  const id = plot.name
  return h('section', [
    h('h2', { id: `${id}-heading` }, plot.title),
    h('figure', { ariaLabelledBy: `${id}-heading` }, [
      h('figcaption', plot.caption),
      ...(plot.legend.length > 0
        ? [h('div', panelElement(legendPanel(plot.legend, 340), `${id}-legend`))]
        : []),
      h(
        'div',
        { class: 'panels' },
        plot.panels.map((panel, i) => panelElement(panel, `${id}-${i}`)),
      ),
    ]),
  ])
}

/** One line per cell and metric, one column per seed. */
const runs = (report: Report): readonly Element[] => {
  const seeds = report.seeds
  const rows = report.cells.flatMap((cell) =>
    report.metrics.flatMap((metric) => {
      const { values } = cell.numbers.find((one) => one.metric === metric.id)!
      if (cell.seeds.length === 0) return []
      const digits = (metric.digits ?? 1) + 1
      return [
        h('tr', [
          h('th', { scope: 'row' }, cell.id),
          h('td', metricHead(metric)),
          ...seeds.map((seed) => {
            const value = values.find((one) => one.seed === seed)?.value
            return h(
              'td',
              { class: 'number' },
              value !== undefined
                ? formatNumber(value, digits)
                : cell.seeds.includes(seed)
                  ? noNumber
                  : 'not run',
            )
          }),
        ]),
      ]
    }),
  )
  if (report.tier === null || rows.length === 0) return []
  const head = ['cell', 'metric', ...seeds.map((seed) => `seed ${seed}`)]
  return [table('The number of each cell, metric and seed', [tableHead(head, 2), h('tbody', rows)])]
}

const protocol = (report: Report): readonly Element[] => {
  const entries = Object.entries(report.protocol)
  if (entries.length === 0) return []
  return [
    table(
      'What the paper did, and where it says so',
      [
        tableHead(['what', 'value', 'where']),
        h(
          'tbody',
          entries.map(([name, { value, cite }]) =>
            h('tr', [h('th', { scope: 'row' }, name), h('td', String(value)), h('td', cite)]),
          ),
        ),
      ],
      'wrap',
    ),
  ]
}

const provenance = (report: Report): readonly Element[] => [
  ...listOf(report.references.map(referenceText)),
  h('p', 'The command that makes what this page shows:'),
  h('pre', h('code', report.command)),
  ...(report.provenance.results === 0
    ? []
    : [
        h(
          'dl',
          environmentLines(report.provenance).flatMap(({ name, lines }) => [
            h('dt', name),
            ...lines.map((line) => h('dd', line)),
          ]),
        ),
      ]),
]
