// The pages made from the reproductions and their results: a page of each table, the state of all, and the index by question.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectReports } from './collect-reports.mjs'
import { verdictText } from '@retable/harness'
import { questions } from './questions.mjs'
import { inCell, statesOf, tierOf } from './state-text.mjs'

const pages = join(import.meta.dirname, '../../reproductions/reports')

const fence = '```'

const placeOf = ({ arxiv, table, figure, section }) =>
  [table ?? figure ?? (section && `§${section}`), arxiv && `arXiv ${arxiv}`]
    .filter(Boolean)
    .join(', ')

/** What a claim came to in the tiers that were run: `contradicted (cifar10, 5 seeds)`. */
const verdictsText = (id, claimId, reports) => {
  const found = reports
    .filter((one) => one.id === id)
    .flatMap((one) => {
      const claim = one.report.claims.find((claim) => claim.id === claimId)
      if (claim === undefined || (claim.n === 0 && one.tier !== undefined)) return []
      const seeds =
        one.tier === undefined || !claim.n ? '' : `, ${claim.n} ${claim.n === 1 ? 'seed' : 'seeds'}`
      return [`**${verdictText(claim)}** (${tierOf(one)}${seeds})`]
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
