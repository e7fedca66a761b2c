/**
 * How long a results folder of a thousand runs takes to list and report, and a table of a hundred finished cells to be
 * found finished.
 *
 *     npx nx run harness:build && node tools/bench/store.mjs [--results 1000] [--points 600] [--rounds 5]
 *
 * Curves of `--points` points of six numbers. Each figure is the median of the rounds; the hundred cells are a process
 * of their own, from its start to its end, the report printed included.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRandom } from '@retable/core'
import {
  collectReport,
  defineReproduction,
  defineUnit,
  encodeResult,
  planReport,
  unitKey,
} from '@retable/harness'
import { createCommand, openStore, verifyStore } from '@retable/harness/node'
import { median } from './median.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    results: { type: 'string', default: '1000' },
    points: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '5' },
    dir: { type: 'string' },
  },
})
const count = Number(options.results)
const train = defineUnit({ kind: 'train', version: 1, run: () => ({ metrics: { top1: 1 } }) })
const table = (cells, seeds) =>
  defineReproduction({
    id: 'table',
    version: 1,
    title: 'Many nets',
    source: { paper: 'none', table: 'none' },
    protocol: {},
    metrics: [{ id: 'top1', name: 'top-1 error', unit: '%', better: 'lower' }],
    cells: Array.from({ length: cells }, (_, i) => ({
      id: `net-${i}`,
      row: `net ${i}`,
      config: { net: i },
    })),
    claims: [],
    deviations: [],
    tiers: [
      {
        name: 'made-up',
        describe: 'made up',
        settings: {},
        seeds: Array.from({ length: seeds }, (_, i) => i + 1),
      },
    ],
    plan: ({ config, seed }) => train({ config, seed, label: `net ${config.net}` }),
  })

// The child: the command over a hundred cells, all of them finished.
if (positionals[0] === 'run') {
  await createCommand({
    name: 'bench',
    version: '1.0.0',
    reproductions: [table(100, 1)],
    units: [train],
  }).run(['run', 'table', '--results', options.dir])
  process.exit()
}

const rounds = Array.from({ length: Number(options.rounds) })
const timed = async (what, act) => {
  const times = []
  const cpu = []
  for (const _ of rounds) {
    const before = process.cpuUsage()
    const began = performance.now()
    await act()
    times.push((performance.now() - began) / 1000)
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) / 1e6)
  }
  console.log(
    `${what}: ${median(times).toFixed(2)} s, ${median(cpu).toFixed(2)} s of processor time`,
  )
}

const dir = mkdtempSync(join(tmpdir(), 'retable-bench-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
const random = createRandom(1)
const many = table(count / 10, 10)
// Written as they are, without what makes a result safe on the disk: that is not measured here.
const runs = join(dir, 'runs')
mkdirSync(runs)
for (const cell of many.cells) {
  for (const seed of many.tiers[0].seeds) {
    const { definition, config, label, cost } = many.plan({ config: cell.config, seed })
    const { name, text } = encodeResult({
      ...{ format: 'retable-result', formatVersion: 1, kind: definition.kind, version: 1 },
      ...{ key: unitKey(many.plan({ config: cell.config, seed })), config, seed, needs: {}, label },
      cost,
      metrics: { top1: 100 * random.uniform(), trainLoss: random.uniform() },
      curve: Array.from({ length: Number(options.points) }, (_, step) => ({
        step,
        epoch: step / 100,
        learningRate: random.uniform(),
        trainLoss: random.uniform(),
        trainTop1: 100 * random.uniform(),
        validationTop1: 100 * random.uniform(),
      })),
      ...{ extra: {}, artifacts: {}, data: [], backend: { name: 'none' } },
      environment: {
        ...{ node: process.version, platform: 'linux-x64', cpu: 'a processor', cores: 2 },
        ...{ memoryGiB: 8, packages: {} },
      },
      timing: { startedAt: '', finishedAt: '', seconds: 60, attempts: 1 },
      settings: { reproduction: 'many', tier: 'synthetic', overrides: {}, seeds: [seed] },
      command: ['bench'],
    })
    writeFileSync(join(runs, name), text)
  }
}
const bytes = readdirSync(join(dir, 'runs')).reduce(
  (sum, name) => sum + statSync(join(dir, 'runs', name)).size,
  0,
)
console.log(`${count} results, ${(bytes / 1e6).toFixed(0)} MB, curves of ${options.points} points`)
await timed('list', () => openStore(dir).list())
await timed('list and report', async () => {
  const fresh = openStore(dir)
  fresh.list()
  await collectReport(planReport(many, {}, fresh), fresh, '')
})
await timed('report', async () => {
  const fresh = openStore(dir)
  await collectReport(planReport(many, {}, fresh), fresh, '')
})
await timed('verify (every hash computed again)', () => verifyStore(openStore(dir)))
await timed('a hundred finished cells, process and report', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), 'run', '--dir', dir],
    { encoding: 'utf8' },
  )
  if (status !== 0 || !stdout.includes('(0 made now')) throw new Error(stdout + stderr)
})
