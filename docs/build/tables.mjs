// The pages made from the reproductions and their results: a page of each table, the state of all, and the index by question.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { overrideWords, stateOf as summedUp, talliedText } from '@retable/harness'
import { questions } from './questions.mjs'

const root = join(import.meta.dirname, '../..')
const results = join(root, 'reproductions/results')
const pages = join(root, 'reproductions/reports')

const bin = join(root, 'reproductions/dist/bin/retable.js')

const fence = '```'

/** Keeps what the command prints to itself; a failure is told by its exit code. */
const quiet = () => {
  const { stdout, stderr } = process
  const writes = [stdout, stderr].map((stream) => [stream, stream.write])
  for (const [stream] of writes) stream.write = () => true
  return { end: () => writes.forEach(([stream, write]) => (stream.write = write)) }
}

/**
 * The reports of every reproduction in every tier, from a folder of results. Where nothing was made at a tier's own settings,
 * as `retable list` says, it is the report of the settings at which most was, and `at` has the options that print it.
 */
export const collectReports = async (from = results) => {
  const { reproductions } = await import('@retable/reproductions')
  const { retable } = await import('../../reproductions/dist/command.js')
  const scratch = mkdtempSync(join(tmpdir(), 'retable-docs-'))
  const command = retable()
  const listed = JSON.parse(
    execFileSync(process.execPath, [bin, 'list', '--json', '--results', from], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }),
  )
  /** The settings at which most of a tier was made, if nothing was at its own. */
  const settingsElsewhere = (id, tier) =>
    listed.find((one) => one.id === id).tiers[tier]?.elsewhere[0]?.settings
  const quietly = quiet()
  /** What the command prints; an error with its words if it fails. */
  const printed = async (...words) => {
    const file = join(scratch, 'printed.json')
    const code = await command.run([
      ...words,
      '--results',
      from,
      '--format',
      'json',
      '--output',
      file,
    ])
    if (code !== 0) throw new Error(`retable ${words.join(' ')} exited with ${code}`)
    return JSON.parse(readFileSync(file, 'utf8'))
  }
  try {
    const reports = []
    for (const { id, tiers } of reproductions) {
      for (const tier of tiers?.map(({ name }) => name) ?? [undefined]) {
        const words = ['report', id, ...(tier === undefined ? [] : ['--tier', tier])]
        const at = overrideWords(settingsElsewhere(id, tier) ?? {})
        reports.push({ id, tier, at: at.join(' '), report: await printed(...words, ...at) })
      }
    }
    return { reproductions, reports }
  } finally {
    quietly.end()
    rmSync(scratch, { recursive: true })
  }
}

const placeOf = ({ arxiv, table, figure, section }) =>
  [table ?? figure ?? (section && `§${section}`), arxiv && `arXiv ${arxiv}`]
    .filter(Boolean)
    .join(', ')

/** Markdown's special characters in a cell. */
const inCell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{{', '{ {')

/** `cifar10`, or `cifar10 at --steps 420` for other settings than the tier's own. */
const tierOf = ({ tier, at }) =>
  [tier ?? 'every tier', at && `at ${inCode(at)}`].filter(Boolean).join(' ')

const inCode = (text) => `\`${text}\``

/** What a claim came to in the tiers that were run: `contradicted (cifar10, 5 seeds)`. */
const verdictsText = (id, claimId, reports) => {
  const found = reports
    .filter((one) => one.id === id)
    .flatMap((one) => {
      const claim = one.report.claims.find((claim) => claim.id === claimId)
      if (claim === undefined || (claim.n === 0 && one.tier !== undefined)) return []
      const seeds =
        one.tier === undefined || !claim.n ? '' : `, ${claim.n} ${claim.n === 1 ? 'seed' : 'seeds'}`
      return [`**${claim.verdict}** (${tierOf(one)}${seeds})`]
    })
  return found.length === 0 ? 'not run' : found.join('; ')
}

const questionsPage = ({ reproductions, reports }) => {
  const rows = questions.map(({ question, reproduction: id, claim: claimId }) => {
    const reproduction = reproductions.find((one) => one.id === id)
    const claim = reproduction?.claims.find((one) => one.id === claimId)
    if (!claim)
      throw new Error(`questions.mjs names the claim ${claimId} of ${id}, which does not exist`)
    return `## ${question}

The paper's claim: ${inCell(claim.text)} (${claim.cite}).

Verdict: ${verdictsText(id, claimId, reports)}. [${reproduction.title}](./tables/${id}.md), ${placeOf(reproduction.source)}.

${fence}sh
npx retable run ${id}
${fence}
`
  })
  const asked = new Set(questions.map(({ reproduction, claim }) => `${reproduction} ${claim}`))
  const others = reproductions.flatMap(({ id, claims }) =>
    claims
      .filter((claim) => !asked.has(`${id} ${claim.id}`))
      .map(
        (claim) =>
          `| [${id}](./tables/${id}.md) | ${inCell(claim.text)} | ${verdictsText(id, claim.id, reports)} |`,
      ),
  )
  return `---
outline: 2
---

# Index by question

What the papers claim, and what runs of this repository say of it. [What the verdicts mean](./guide/verdicts.md).

${rows.join('\n')}
## Every other claim

| table | claim | verdict |
| --- | --- | --- |
${others.join('\n')}
`
}

const madeOf = ({ report }) => report.cells.filter(({ state }) => state === 'made').length

/** Why a claim is open, and the seeds that would decide it: `(neither direction has p < 0.05; about 12 seeds)`. */
const whyOpen = ({ reason, needed }) => {
  const seeds = needed?.observed
  // Which test is for it and which is not stands on the table's page.
  const short = reason.replace(/^(the tests disagree):.*/, '$1')
  return ` (${short}${Number.isFinite(seeds) ? `; about ${seeds} seeds would decide it` : ''})`
}

/** Who else's runs contradict a claim: ` (by PyTorch too)`. */
const judgedBy = ({ references }) => {
  const names = references
    .filter(({ judged }) => judged.verdict === 'contradicted')
    .map(({ implementation }) => implementation)
  return names.length > 0 ? ` (by ${names.join(' and ')} too)` : ' (not judged by PyTorch)'
}

/** The claims by what came of them, a line per verdict, and one with its reason per claim that is open. */
const claimsLines = (claims) => [
  ...['supported', 'contradicted', 'equivalent', 'no data', 'not run'].flatMap((verdict) => {
    const names = claims
      .filter((claim) => claim.verdict === verdict)
      .map((claim) => `${claim.id}${verdict === 'contradicted' ? judgedBy(claim) : ''}`)
    return names.length === 0 ? [] : [`${names.length} ${verdict}: ${names.join(', ')}`]
  }),
  ...claims
    .filter(({ verdict }) => verdict === 'inconclusive')
    .map((claim) => inCell(`open: ${claim.id}${whyOpen(claim)}`)),
]

/**
 * What came of a tier, in lines of a table's cell: the seeds, the numbers compared with the paper's and with other
 * implementations', the claims by their verdicts and why the open ones are open; of counts only how many.
 */
export const stateOf = (one) => {
  const { numbers, claims, references, seeds } = summedUp(one.report)
  if (one.tier === undefined) return `counted: ${talliedText(claims)}`
  const parts = [
    talliedText(numbers) && `numbers: ${talliedText(numbers)}`,
    ...claimsLines(one.report.claims),
    ...Object.entries(references).map(
      ([name, verdicts]) => talliedText(verdicts) && `against ${name}: ${talliedText(verdicts)}`,
    ),
  ].filter(Boolean)
  const scale = `${tierOf(one)}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`
  return parts.length > 0 ? [scale, ...parts].join('<br>') : `${scale}: made, without claims`
}

/**
 * The states of a table's tiers, a line each; those without results share one.
 *
 * @param {readonly { tier?: string, at: string, report: object }[]} reports
 * @returns {readonly string[]}
 */
export const statesOf = (reports) => {
  const run = reports.filter((one) => madeOf(one) > 0)
  const others = reports.filter((one) => madeOf(one) === 0).map(({ tier }) => inCode(tier))
  if (run.length === 0) return ['not run']
  return [...run.map(stateOf), ...(others.length > 0 ? [`not run: ${others.join(', ')}`] : [])]
}

/** Whether the results of a tier are enough to judge a claim, if the table has claims. */
const isJudged = ({ report: { claims } }) =>
  claims.length === 0 || claims.some(({ verdict }) => verdict !== 'not run')

/**
 * The report of the largest tier that judges a claim; tiers are listed the quickest first. A tier with only those cells that
 * another table shares hides no verdict of a smaller one.
 */
export const largestRun = (id, { reports }) => {
  const run = reports.filter((one) => one.id === id && madeOf(one) > 0)
  return run.filter(isJudged).at(-1) ?? run.at(-1)
}

/** The link to the page that makes a table in the reader's browser; VitePress's router leaves links with a target to the browser. */
const makeHere = (id) =>
  `[Make this table in your browser](/make/?table=${id}){target="_self"}, or with \`npx retable run ${id}\`.`

const statePage = ({ reproductions, reports }) => `# State of every table

| table | what it shows | state |
| --- | --- | --- |
${reproductions
  .map(({ id, title, source }) => {
    const states = statesOf(reports.filter((one) => one.id === id))
    return `| [${id}](./${id}.md) | ${inCell(title)} (${placeOf(source)}) | ${states.join('<br>')} |`
  })
  .join('\n')}

A table is made with \`npx retable run ID\`, or [in your browser](/make/){target="_self"}. How verdicts come about is explained [in a guide](../guide/verdicts.md).
`

/** Writes docs/tables and docs/questions.md. */
export const writeTables = async (docs) => {
  const out = join(docs, 'tables')
  mkdirSync(out, { recursive: true })
  const collected = await collectReports()
  // Pages without results have no drawings.
  const plots = join(pages, 'plots')
  if (existsSync(plots)) cpSync(plots, join(out, 'plots'), { recursive: true })
  for (const { id } of collected.reproductions) {
    const text = readFileSync(join(pages, `${id}.md`), 'utf8')
    const [first, ...rest] = text.split('\n')
    writeFileSync(
      join(out, `${id}.md`),
      `---\noutline: [2, 3]\n---\n\n${first}\n\n${makeHere(id)}\n\n::: v-pre\n${rest.join('\n')}\n:::\n`,
    )
  }
  writeFileSync(join(out, 'index.md'), statePage(collected))
  writeFileSync(join(docs, 'questions.md'), questionsPage(collected))
}
