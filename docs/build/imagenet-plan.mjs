// Writes the tables of docs/imagenet.md from `retable plan --tier imagenet`: `node docs/build/imagenet-plan.mjs` after a build.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { replaceSection } from '@retable/harness'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = join(root, 'docs/imagenet.md')
/** Multiply-adds per second of one worker. */
const rates = [2e12, 5e12, 2e13]

const results = mkdtempSync(join(tmpdir(), 'retable-plan-'))
const plan = (rate, jobs) => {
  const words = ['plan', '--tier', 'imagenet', '--results', results, '--json']
  const command = [join(root, 'reproductions/dist/bin/retable.js'), ...words]
  const options = [...command, '--rate', String(rate), '--jobs', String(jobs)]
  // Tables without the tier are left out, each with a line on standard error.
  const stdio = ['ignore', 'pipe', 'ignore']
  return JSON.parse(
    execFileSync(process.execPath, options, { encoding: 'utf8', stdio, maxBuffer: 2 ** 28 }),
  )
}

const days = (seconds) => (seconds / 86_400).toFixed(1)
const gigabytes = (bytes) => (bytes / 1e9).toFixed(bytes < 9.95e9 ? 1 : 0)
const row = (cells) => `| ${cells.join(' | ')} |`
const table = (head, rows) =>
  [row(head), row(head.map((_, i) => (i === 0 ? ':--' : '--:'))), ...rows.map(row)].join('\n')

const workers = [1, 8, 16, 64]
const reference = rates[1]
const plans = workers.map((jobs) => plan(reference, jobs))
const { units } = plans[0]
const kinds = [...new Set(units.map(({ kind }) => kind))].map((kind) => {
  const of = units.filter((unit) => unit.kind === kind)
  const sum = (name) => of.reduce((all, unit) => all + unit[name], 0)
  const most = (name) => Math.max(...of.map((unit) => unit[name]))
  return [
    ...[`\`${kind}\``, of.length, days(sum('seconds')), days(most('seconds'))],
    ...[gigabytes(most('memoryBytes')), gigabytes(most('checkpointBytes'))],
    gigabytes(sum('artifactBytes')),
  ]
})
const byUnit = table(
  ['kind of unit', 'units', 'days of a worker', 'longest, days', 'largest memory, GB', 'largest checkpoints, GB', 'artifacts in all, GB'], // prettier-ignore
  kinds,
)
const byWorkers = table(
  ['workers', ...rates.map((rate) => `days at ${rate.toExponential(0)}/s`), 'results folder, GB'],
  workers.map((jobs, i) => [
    jobs,
    // Times scale with the rate: what is done first depends on costs only.
    ...rates.map((rate) => days((plans[i].sums.wallSeconds * reference) / rate)),
    gigabytes(plans[i].sums.diskBytes),
  ]),
)
rmSync(results, { recursive: true })

const filled = [
  ['units', byUnit],
  ['workers', byWorkers],
].reduce(
  (text, [name, made]) => replaceSection(text, name, made, 'docs/imagenet.md'),
  readFileSync(page, 'utf8'),
)
writeFileSync(page, filled)
