// The state of every table in the workspace's README, between its markers: node docs/build/state.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectReports, largestRun, stateOf } from './tables.mjs'

const file = join(import.meta.dirname, '../../README.md')
const collected = await collectReports()
const rows = collected.reproductions.map(({ id, title }) => {
  const run = largestRun(id, collected)
  const state = run === undefined ? 'not run' : stateOf(run)
  return `| [\`${id}\`](reproductions/reports/${id}.md)<br>${title} | ${state} |`
})
const table = ['| Table | State |', '| --- | --- |', ...rows].join('\n')
const text = readFileSync(file, 'utf8')
const section = /(<!-- begin state -->\n).*?(<!-- end state -->)/s
if (!section.test(text)) throw new Error('README.md has no line <!-- begin state -->')
writeFileSync(
  file,
  text.replace(
    section,
    (_, begin, end) =>
      `${begin}\n<!-- prettier-ignore-start -->\n\n${table}\n\n<!-- prettier-ignore-end -->\n\n${end}`,
  ),
)
process.exit()
