// The state of every table in the workspace's README, between its markers: node docs/build/state.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceSection } from '@retable/harness'
import { collectReports } from './collect-reports.mjs'
import { largestRun, stateOf } from './state-text.mjs'

const file = join(import.meta.dirname, '../../README.md')
const collected = await collectReports()
const rows = collected.reproductions.map(({ id, title }) => {
  const run = largestRun(id, collected)
  const state = run === undefined ? 'not run' : stateOf(run)
  return `| [\`${id}\`](reproductions/reports/${id}.md)<br>${title} | ${state} |`
})
const table = ['| Table | State |', '| --- | --- |', ...rows].join('\n')
writeFileSync(file, replaceSection(readFileSync(file, 'utf8'), 'state', table, 'README.md'))
process.exit()
