import { fileNameOf } from '@retable/core/host'
import { claimEvidence, claimDetails, deviationText, verdictText } from '../text/claim-text.js'
import { sentence } from '../text/format-number.js'
import { tableGrid, type Grid } from '../grid.js'
import { escapeLatex } from './latex-escape.js'
import { carriedOverLines, divergedLines, environmentLines, referenceText } from '../provenance.js'
import type { Renderer } from '../renderer.js'
import type { Report } from '../report.js'
import { changedText, seedsText } from '../text/setting-text.js'
import { placeOf } from '../text/source-text.js'

/**
 * The table and the claims in booktabs. The file compiles by itself, and `\input` puts its tables into a paper that
 * has booktabs, graphicx and textcomp.
 */
export const renderLatex = (report: Report): string =>
  [
    `% ${report.command.replace(/\s+/g, ' ')}`,
    ...opening,
    ...mainTable(report),
    ...claimsTable(report),
    ...notes(report),
    '\\retableend',
    '',
  ].join('\n')

/** See {@link renderLatex}. */
export const latex: Renderer = { name: 'latex', extension: '.tex', render: renderLatex }

/** After `\begin{document}` LaTeX's `\@nodocument` is `\relax`: then this file is part of another one. */
const opening = [
  '% By itself: pdflatex on this file. In a paper: \\usepackage{booktabs,graphicx,textcomp} and \\input this file.',
  '\\makeatletter\\let\\retableend\\relax',
  '\\ifx\\@nodocument\\relax\\makeatother\\else\\makeatother',
  '\\documentclass{article}',
  '\\usepackage[utf8]{inputenc}',
  '\\usepackage[T1]{fontenc}',
  '\\usepackage[margin=2cm]{geometry}',
  '\\usepackage{booktabs,graphicx,textcomp}',
  '\\begin{document}',
  '\\def\\retableend{\\end{document}}',
  '\\fi',
  '',
]

const mainTable = (report: Report): readonly string[] => {
  const tier =
    report.tier === null
      ? sentence(report.tierDescription)
      : `Tier ${report.tier}: ${sentence(report.tierDescription)} ${seedsText(report.seeds)}; ours is mean ± standard deviation (number of seeds).`
  const changed = changedText(report)
  const { head, rows, labels, note } = tableGrid(report)
  const caption = [
    `${sentence(report.title)} ${placeOf(report.source)}; the paper’s numbers and ours.`,
    tier,
    changed === '' ? '' : `Settings changed from the tier’s own: ${changed}.`,
    note,
    ...carriedOverLines(report.cells),
    ...divergedLines(report.cells),
    ...report.rules.slice(0, 1),
  ]
  return floating(caption.filter(Boolean).join(' '), labelOf(report), [
    '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    ...tabular(head, rows, head.map((_, i) => (i < labels ? 'l' : 'r')).join('')),
    '}',
  ])
}

const claimsTable = (report: Report): readonly string[] => {
  if (report.claims.length === 0) return []
  const rows = report.claims.map((claim) => [
    `${claim.text} (${claim.cite})`,
    verdictText(claim),
    [claimEvidence(claim, report), ...claimDetails(claim, report)].join('; '),
  ])
  const columns = [0.3, 0.14, 0.46].map((w) => `p{${w}\\linewidth}`).join('')
  return floating(
    ['Claims of the paper.', ...report.rules.slice(1)].join(' '),
    `${labelOf(report)}-claims`,
    ['\\footnotesize', ...tabular(['claim', 'verdict', 'evidence'], rows, columns)],
  )
}

/** Deviations and provenance, as comments: they belong in the author's own text. */
const notes = (report: Report): readonly string[] =>
  [
    ...report.deviations.map((one) => `Deviation: ${deviationText(one)}`),
    ...environmentLines(report.provenance).map(({ name, lines }) => `${name}: ${lines.join('; ')}`),
    ...report.references.map(referenceText),
    ...report.provenance.warnings,
  ].map((line) => `% ${line.replace(/\s+/g, ' ')}`)

/** A label of its own for each table and tier. */
const labelOf = ({ id, tier }: Report): string =>
  ['tab:' + id, ...(tier === null ? [] : [fileNameOf(tier)])].join('-')

const floating = (
  caption: string,
  label: string,
  content: readonly string[],
): readonly string[] => [
  '\\begin{table}[htbp]',
  '\\centering',
  `\\caption{${escapeLatex(caption)}}`,
  `\\label{${label}}`,
  '\\smallskip',
  ...content,
  '\\end{table}',
  '',
]

const tabular = (head: Grid['head'], rows: Grid['rows'], columns: string): readonly string[] => [
  `\\begin{tabular}{@{}${columns}@{}}`,
  '\\toprule',
  line(head),
  '\\midrule',
  // A little room before each row that has a label of its own, if lines belong together.
  ...rows.flatMap((row, i) =>
    i > 0 && row[0] !== '' && rows[i - 1]![0] === '' ? ['\\addlinespace', line(row)] : [line(row)],
  ),
  '\\bottomrule',
  '\\end{tabular}',
]

const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(' & ')} \\\\`
