import { markdownTable } from 'markdown-table'
import { claimEvidence, claimParts, deviationText } from './claim-text.js'
import { formatDuration, sentence } from './format-number.js'
import { tableGrid, type Grid } from './grid.js'
import type { Renderer } from './renderer.js'
import type { Report } from './report.js'

/** A Markdown section: the table, the claims with their verdicts, deviations and how it was made. */
export const markdown: Renderer = {
  name: 'markdown',
  extension: '.md',
  render: (report) =>
    [
      `### ${escape(report.title)}`,
      sourceLine(report),
      tierLine(report),
      gridTable(tableGrid(report)),
      ...claims(report),
      ...list('Deviations from the paper', report.deviations.map(deviationLine)),
      ...list('How it was made', provenanceLines(report)),
      ...list('Rules', report.rules.map(escape)),
    ]
      .filter((block) => block !== '')
      .join('\n\n') + '\n',
}

const escape = (text: string): string => text.replace(/[|<>*_`]/g, (mark) => `\\${mark}`)

const gridTable = ({ head, rows, labels }: Grid): string =>
  markdownTable([head.map(escape), ...rows.map((row) => row.map(escape))], {
    align: head.map((_, i) => (i < labels ? 'l' : 'r')),
  })

const sourceLine = ({ source }: Report): string => {
  const place = [source.table, source.figure, source.section && `§${source.section}`]
  const arxiv = source.arxiv && `[arXiv ${source.arxiv}](https://arxiv.org/abs/${source.arxiv})`
  return [escape(source.paper), arxiv, ...place.map((text) => text && escape(text))]
    .filter(Boolean)
    .join(', ')
}

const tierLine = (report: Report): string => {
  if (report.tier === null) return ''
  const changed = report.overridden.map(
    ({ name, value, from }) => `${name} ${value} (${from ?? 'unset'})`,
  )
  return [
    `Tier \`${report.tier}\`: ${escape(sentence(report.tierDescription))}`,
    `Seeds ${report.seeds.join(', ')}; ours is mean ± standard deviation (number of seeds).`,
    changed.length > 0
      ? `Settings changed from the tier’s own: ${escape(changed.join(', '))}.`
      : '',
  ]
    .filter(Boolean)
    .join('\n')
}

const claims = (report: Report): readonly string[] => {
  if (report.claims.length === 0) return []
  const rows = report.claims.map((claim) => {
    const evidence = [claimEvidence(claim, report), ...claimParts(claim, report)]
    return [
      escape(`${claim.text} (${claim.cite})`),
      claim.verdict,
      evidence.map(escape).join('<br>'),
      escape(claim.test),
    ]
  })
  return [
    '**Claims of the paper**',
    markdownTable([['claim', 'verdict', 'evidence', 'test'], ...rows]),
  ]
}

const deviationLine = (deviation: Report['deviations'][number]): string =>
  escape(deviationText(deviation))

const provenanceLines = ({ provenance, command }: Report): readonly string[] => {
  if (provenance.results === 0) return [`\`${command}\``]
  const { environments, data, backends, made } = provenance
  const machines = environments.map(
    ({ cpu, cores, memoryGiB, node, platform }) =>
      `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}`,
  )
  const packages = environments.flatMap(({ packages }) =>
    Object.entries(packages).map(([name, version]) => `${name} ${version}`),
  )
  return [
    `\`${command}\``,
    `${provenance.results} results in ${formatDuration(provenance.seconds)}, ${made?.[0].slice(0, 10)} to ${made?.[1].slice(0, 10)}`,
    `backend ${escape(backends.join(', '))}; ${escape([...new Set(machines)].join('; '))}`,
    ...(packages.length > 0 ? [escape([...new Set(packages)].join(', '))] : []),
    ...data.map(
      ({ request, fingerprint }) =>
        `data \`${JSON.stringify(request)}\`, fingerprint \`${fingerprint.slice(0, 16)}\``,
    ),
    ...provenance.warnings.map(escape),
  ]
}

const list = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`**${title}**`, lines.map((line) => `- ${line}`).join('\n')]
