import stringWidth from 'string-width'
import { claimEvidence, claimDetails, deviationText, verdictText } from '../text/claim-text.js'
import { sentence } from '../text/format-number.js'
import { tableGrid, type Grid } from '../grid.js'
import type { Report } from '../report.js'
import { changedText, seedsText } from '../text/setting-text.js'

/** A report for a terminal: the table in aligned columns, claims, deviations. */
export const renderTerminal = (report: Report): string => {
  const { source } = report
  const place = [source.paper, source.table ?? source.figure].filter(Boolean).join(', ')
  const changed = changedText(report)
  return [
    `${report.title} (${place})`,
    report.tier === null
      ? ''
      : `${report.tier} tier: ${sentence(report.tierDescription)} ${seedsText(report.seeds)}; ours: mean ± sd (seeds).` +
        (changed === '' ? '' : `\nSettings changed from the tier’s own: ${changed}.`),
    gridText(tableGrid(report)),
    section(
      'Claims',
      report.claims.map((claim) => claimLine(claim, report)),
    ),
    section(
      'Deviations from the paper',
      report.deviations.map((deviation) => `- ${deviationText(deviation)}`),
    ),
    section(
      'Note',
      [...report.provenance.warnings, ...report.rules.slice(0, 1)].map((text) => `- ${text}`),
    ),
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

const claimLine = (claim: Report['claims'][number], report: Report): string =>
  [
    `- ${verdictText(claim).toUpperCase()}: ${claim.text} (${claim.cite})`,
    `  ${claimEvidence(claim, report)}; ${claim.test}`,
    ...claimDetails(claim, report).map((part) => `    ${part}`),
  ].join('\n')

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}\n${lines.join('\n')}`

const gridText = ({ head, rows, labels, note }: Grid): string => {
  const widths = head.map((text, i) =>
    Math.max(stringWidth(text), ...rows.map((row) => stringWidth(row[i]!))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => {
        // A wide character takes two columns, and a combining one none.
        const room = ' '.repeat(widths[i]! - stringWidth(text))
        return i < labels ? text + room : room + text
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [line(head), rule, ...rows.map(line), ...(note === '' ? [] : [note])].join('\n')
}
