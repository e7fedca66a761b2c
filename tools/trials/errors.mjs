// What the nets of the tables come to, by backend and seed: trains and tests them at a reduced tier, and prints each net's
// error with its spread over the seeds. A tier holds if none ends above 80% on ten classes: a net there has not left the
// plateau that it starts on, and rounding decides such a net's verdicts.
//
//   node tools/trials/errors.mjs vgg-table3,vgg-5x5 --only E-256,B --backends onnx,wasm --seeds 1,2,3 --results DIR
//   node tools/trials/errors.mjs vgg-5x5 --only B --steps 100 --seeds drawn
//
// Without a table: every table whose nets are trained. `--seeds drawn` takes one seed from today's date (UTC), which nobody tuned
// the tier to; `--only` takes cells of any of the tables, other options that are numbers (`--steps 90`) are the tables' settings. A
// seed is finished before the next begins. Results are kept by backend under --results and are never made twice; with
// `--dry-run` those there are printed, and nothing is trained. Exits with 1 if a net errs more than --most percent, or failed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  onlyCells,
  overrideWords,
  planReproduction,
  summarize,
  unitKey,
  unitsOf,
  withNeeds,
} from '@retable/harness'
import { openStore } from '@retable/harness/node'
import { reproductions } from '../../reproductions/dist/reproductions.js'
import { settingOptions, settingsIn } from '../table-settings.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...settingOptions,
    only: { type: 'string' },
    backends: { type: 'string', default: 'onnx' },
    seeds: { type: 'string', default: '1,2,3,4,5,6,7,8,9,10' },
    tier: { type: 'string', default: 'synthetic' },
    threads: { type: 'string', default: '1' },
    results: { type: 'string', default: '.nx/trials' },
    most: { type: 'string', default: '80' },
    data: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
})

/** Today as a number, 20261129: the next day's trial is another. */
const drawnSeed = () => Number(new Date().toISOString().slice(0, 10).replaceAll('-', ''))
const seeds = options.seeds === 'drawn' ? [drawnSeed()] : options.seeds.split(',').map(Number)
const backends = options.backends.split(',')
const most = Number(options.most)
const ids = positionals.flatMap((word) => word.split(','))
const only = options.only?.split(',')
const unknown = ids.filter((id) => !reproductions.some((one) => one.id === id))
if (unknown.length > 0) {
  console.error(`expected tables (${reproductions.map(({ id }) => id).join(', ')}), got ${unknown}`)
  process.exit(2)
}

/** What of each table is tried, with the words that make it. */
const tables = reproductions
  .filter(({ id, tiers }) => tiers && (ids.length === 0 || ids.includes(id)))
  .map((reproduction) => {
    const overrides = settingsIn(options, Object.keys(reproduction.overrides ?? {}))
    const whole = planReproduction(reproduction, { tier: options.tier, seeds, overrides })
    const cells = only && whole.cells.map(({ cell }) => cell.id).filter((id) => only.includes(id))
    return {
      id: reproduction.id,
      plan: onlyCells(whole, cells),
      words: [
        ...['--tier', options.tier, '--threads', options.threads, '--jobs', '1'],
        ...overrideWords(overrides),
        ...(cells ? ['--only', cells.join(',')] : []),
        ...(options.data ? ['--data', options.data] : []),
      ],
    }
  })
  .filter(({ plan }) => plan.cells.length > 0)

const folderOf = (backend) => join(options.results, backend)
let failed = false
if (!options['dry-run']) {
  const command = new URL('../../reproductions/dist/bin/retable.js', import.meta.url).pathname
  console.log(`seeds ${seeds.join(', ')}`)
  for (const seed of seeds) {
    for (const { id, words } of tables) {
      for (const backend of backends) {
        const where = ['--backend', backend, '--results', folderOf(backend)]
        const run = [command, 'run', id, ...words, '--seeds', String(seed), ...where]
        const { status } = spawnSync(process.execPath, run, {
          stdio: ['ignore', 'ignore', 'inherit'],
        })
        if (status !== 0) {
          console.error(`${id}, seed ${seed}, ${backend}: the run ended with exit code ${status}`)
          failed = true
        }
      }
    }
  }
}

const isTest = ({ definition }) => definition.kind === 'evaluate-net'

/** A net's error in percent: on test images, or in training where a table tests none. */
const errorOf = (unit, { metrics }) => (isTest(unit) ? metrics.top1 : metrics.trainTop1)

/** Errors by net and backend: of a table's tests, or of its trainings if it has none. */
const errors = new Map()
for (const { plan } of tables) {
  const units = withNeeds(unitsOf(plan))
  const tried = units.some(isTest)
    ? units.filter(isTest)
    : units.filter(({ definition }) => definition.kind === 'train-at-best-rate')
  for (const unit of tried) {
    for (const backend of backends) {
      const found = openStore(folderOf(backend)).find(unitKey(unit))
      const error = found && errorOf(unit, found.result)
      if (error === undefined) continue
      const net = unit.label.replace(/, (test|ten-crop|ten crops)$/, '')
      if (!errors.has(net)) errors.set(net, new Map())
      const byBackend = errors.get(net)
      if (!byBackend.has(backend)) byBackend.set(backend, new Map())
      byBackend.get(backend).set(unit.seed, error)
    }
  }
}

const percent = (value) => value.toFixed(1)
console.log('| net | backend | seeds | mean | sd | least | most | each seed |')
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
let above = 0
for (const [net, byBackend] of errors) {
  for (const [backend, bySeed] of byBackend) {
    const values = [...bySeed.values()]
    const { n, mean, sd } = summarize(values)
    above += values.filter((value) => value > most).length
    const each = values.map((value) => (value > most ? `**${percent(value)}**` : percent(value)))
    const [least, worst] = [Math.min(...values), Math.max(...values)]
    console.log(
      `| ${net} | ${backend} | ${n} | ${percent(mean)} | ${sd === null ? '' : percent(sd)} | ${percent(least)} | ${percent(worst)} | ${each.join(', ')} |`,
    )
  }
}
if (errors.size === 0) console.log('no results')
else console.log(`${above} above ${most}%`)
process.exit(failed || above > 0 || errors.size === 0 ? 1 : 0)
