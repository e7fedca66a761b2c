import { markdownTable } from 'markdown-table'
import stringWidth from 'string-width'
import { claimEvidence, claimDetails, deviationText, verdictText } from '../text/claim-text.js'
import { sentence } from '../text/format-number.js'
import { tableGrid, type Grid } from '../grid.js'
import { encodePath } from '../text/encode-path.js'
import { codeSpan, escapeLinkText, escapeMarkdown } from './markdown-escape.js'
import { environmentLines, referenceText } from '../provenance.js'
import type { LinkedPlot, RenderOptions, Renderer } from '../renderer.js'
import type { Report } from '../report.js'
import { changedText, seedsText } from '../text/setting-text.js'
import { arxivPage } from '../text/source-text.js'

/** A Markdown section: the table, the claims with their verdicts, drawings, deviations and how it was made. */
export const renderMarkdown = (
  report: Report,
  { plots = [], level = 3 }: RenderOptions = {},
): string =>
  [
    `${'#'.repeat(level)} ${escapeMarkdown(report.title)}`,
    sourceLine(report),
    tierLine(report),
    ...gridTable(tableGrid(report)),
    ...claims(report),
    ...plots.map(plotBlock),
    ...list(
      'Deviations from the paper',
      report.deviations.map((one) => escapeMarkdown(deviationText(one))),
    ),
    ...list('How it was made', provenanceLines(report)),
    ...list('Rules', report.rules.map(escapeMarkdown)),
  ]
    .filter((block) => block !== '')
    .join('\n\n') + '\n'

/** See {@link renderMarkdown}. */
export const markdown: Renderer = { name: 'markdown', extension: '.md', render: renderMarkdown }

/** The drawing, a link to itself: GitHub shows it at the column's width. */
const plotBlock = ({ title, caption, href }: LinkedPlot): string => {
  const file = encodePath(href)
  return [
    `**${escapeMarkdown(title)}**`,
    escapeMarkdown(caption),
    `[![${escapeLinkText(title)}](${file})](${file})`,
  ].join('\n\n')
}

const gridTable = ({ head, rows, labels, note }: Grid): readonly string[] => [
  markdownTable([head.map(escapeMarkdown), ...rows.map((row) => row.map(escapeMarkdown))], {
    align: head.map((_, i) => (i < labels ? 'l' : 'r')),
    stringLength: stringWidth,
  }),
  escapeMarkdown(note),
]

const sourceLine = ({ source }: Report): string => {
  const place = [source.table, source.figure, source.section && `§${source.section}`]
  const arxiv =
    source.arxiv && `[arXiv ${escapeLinkText(source.arxiv)}](${arxivPage(source.arxiv)})`
  return [escapeMarkdown(source.paper), arxiv, ...place.map((text) => text && escapeMarkdown(text))]
    .filter(Boolean)
    .join(', ')
}

const tierLine = (report: Report): string => {
  if (report.tier === null) return ''
  const changed = changedText(report)
  return [
    `Tier ${codeSpan(report.tier)}: ${escapeMarkdown(sentence(report.tierDescription))}`,
    `${seedsText(report.seeds)}; ours is mean ± standard deviation (number of seeds).`,
    changed === '' ? '' : `Settings changed from the tier’s own: ${escapeMarkdown(changed)}.`,
  ]
    .filter(Boolean)
    .join('\n')
}

/** Claims and verdicts in a table; under it, by number, what each rests on, the parts of one in a list of their own. */
const claims = (report: Report): readonly string[] => {
  if (report.claims.length === 0) return []
  const rows = report.claims.map((claim, i) => [
    String(i + 1),
    escapeMarkdown(`${claim.text} (${claim.cite})`),
    verdictText(claim),
  ])
  const evidence = report.claims.flatMap((claim, i) => [
    `${i + 1}. ${escapeMarkdown(`${claimEvidence(claim, report)}; ${claim.test}`)}`,
    ...claimDetails(claim, report).map((part) => `    - ${escapeMarkdown(part)}`),
  ])
  return [
    '**Claims of the paper**',
    markdownTable([['', 'claim', 'verdict'], ...rows], {
      align: ['r', 'l', 'l'],
      stringLength: stringWidth,
    }),
    'What the verdicts rest on:',
    evidence.join('\n'),
  ]
}

const provenanceLines = ({ provenance, command, references }: Report): readonly string[] => [
  codeSpan(command),
  ...environmentLines(provenance).map(
    ({ name, lines }) => `${name}: ${escapeMarkdown(lines.join('; '))}`,
  ),
  ...references.map((one) => escapeMarkdown(referenceText(one))),
  ...provenance.warnings.map(escapeMarkdown),
]

const list = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`**${title}**`, lines.map((line) => `- ${line}`).join('\n')]
