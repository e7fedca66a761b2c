// Workers on one results folder, killed and stopped at random: `node tools/workers/stress.mjs [--rounds 50] [--lease 3]`.
// Each round starts two to six workers at once, kills one of them (SIGKILL) or stops it and its children (SIGSTOP) for
// longer than its lease, and looks that every unit was published once, with the outcome of a run that was left alone.
// With `--folders A,B`, mounts of one folder that lies at `--served`, the workers take turns among the mounts, each in a
// PID namespace of its own, so that none can see whether another's process lives (needs root).
// `tools/workers/sshfs run node tools/workers/stress.mjs` makes such mounts and runs this on them.
// `--throughput` measures instead: 200 units of one second on 1, 2 and 4 workers, and what is spent before a worker's first
// unit begins, between two of its units, and after its last has ended.
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRandom } from '@retable/core/host'
import { defineReproduction, defineUnit } from '@retable/harness'
import { createCommand, openStore, outcomeHash, verifyStore } from '@retable/harness/node'

const self = fileURLToPath(import.meta.url)

const count = defineUnit({
  kind: 'count',
  version: 1,
  run: async ({ config, random, workDir, signal, progress, artifact }) => {
    const file = join(workDir, 'checkpoint.json')
    const done = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
    while (done.length < config.steps) {
      await sleep(config.pause)
      signal.throwIfAborted()
      done.push(random.stream('step', done.length).normal())
      // Fails if another process has taken the folder over. Renamed, since one that is killed may have written a half.
      writeFileSync(`${file}.new`, JSON.stringify(done))
      renameSync(`${file}.new`, file)
      progress({ step: done.length, steps: config.steps })
    }
    const sum = done.reduce((a, b) => a + b, 0)
    writeFileSync(artifact('sum.txt'), String(sum))
    return { metrics: { sum }, artifacts: { sum: artifact('sum.txt') } }
  },
})

const table = (id, cells, config) =>
  defineReproduction({
    id,
    version: 1,
    title: id,
    source: { paper: 'none', table: 'none' },
    protocol: {},
    metrics: [{ id: 'sum', name: 'sum', unit: '', better: 'equal' }],
    cells: Array.from({ length: cells }, (_, i) => ({ id: `c${i}`, row: `c${i}`, config: { i } })),
    claims: [],
    deviations: [],
    tiers: [{ name: 'only', describe: 'counts', settings: {}, seeds: [1] }],
    plan: ({ config: own, seed }) =>
      count({ config: { ...own, ...config }, seed, label: `c${own.i}` }),
  })

const command = () =>
  createCommand({
    name: 'stress',
    version: '1.0.0',
    reproductions: [
      table('stress', 8, { steps: 12, pause: 60 }),
      table('throughput', 200, { steps: 1, pause: 1000 }),
    ],
    units: [count],
    entry: self,
  })

const startWorker = (dir, id, lease, isApart = false) => {
  const words = [process.execPath, self, 'work', id, '--results', dir]
  if (isApart) words.unshift('unshare', '--pid', '--fork', '--mount-proc')
  const child = spawn(words[0], words.slice(1), {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, RETABLE_LEASE_SECONDS: String(lease) },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
  const ended = new Promise((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, text })),
  )
  return { child, ended, group: (signal) => process.kill(-child.pid, signal) }
}

const outcomes = (dir) =>
  Object.fromEntries(
    openStore(dir)
      .list()
      .map(({ result }) => [result.label, outcomeHash(result)]),
  )

/** Waits until a worker has begun a unit. */
const firstLease = async (dir) => {
  const leases = join(dir, '.work', 'leases')
  while (!existsSync(leases) || readdirSync(leases).length === 0) await sleep(50)
}

const stress = async ({ rounds, lease, seed, folders, served }) => {
  const random = createRandom(seed)
  const alone = mkdtempSync(join(tmpdir(), 'retable-stress-'))
  const { code, text } = await startWorker(alone, 'stress', lease).ended
  if (code !== 0) throw new Error(`the run that was left alone ended with ${code}: ${text}`)
  const right = JSON.stringify(outcomes(alone))
  let resumed = 0
  for (let round = 1; round <= rounds; round++) {
    const draw = random.stream('round', round)
    const dir = mkdtempSync(join(served, 'retable-stress-'))
    const workers = Array.from({ length: 2 + Math.floor(draw.uniform() * 5) }, (_, i) =>
      startWorker(
        join(folders[i % folders.length], basename(dir)),
        'stress',
        lease,
        folders.length > 1,
      ),
    )
    await firstLease(dir)
    await sleep(2500 * draw.uniform())
    const victim = workers[Math.floor(draw.uniform() * workers.length)]
    const stops = draw.uniform() < 0.5
    try {
      victim.group(stops ? 'SIGSTOP' : 'SIGKILL')
    } catch {
      // It had ended already.
    }
    const others = await Promise.all(
      workers.filter((one) => one !== victim).map((one) => one.ended),
    )
    if (stops) {
      await sleep(lease * 1000)
      try {
        victim.group('SIGCONT')
      } catch {
        // As above.
      }
    }
    const last = await victim.ended
    const store = openStore(dir)
    const { problems } = await verifyStore(store)
    const files = readdirSync(join(dir, 'runs')).length
    resumed += store.list().filter(({ result }) => result.timing.attempts > 1).length
    const bad = [...others, ...(stops ? [last] : [])].filter(({ code }) => code !== 0)
    if (
      files !== 8 ||
      problems.length > 0 ||
      bad.length > 0 ||
      JSON.stringify(outcomes(dir)) !== right
    ) {
      const all = { dir, round, workers: workers.length, stops, files, problems, bad }
      console.log({ ...all, right, outcomes: outcomes(dir) })
      throw new Error(`round ${round} went wrong; its folder is ${dir}`)
    }
    console.log(
      `round ${round}: ${workers.length} workers, one ${stops ? 'stopped' : 'killed'}: ok`,
    )
    rmSync(dir, { recursive: true })
  }
  console.log(`${rounds} rounds: every unit published once, ${resumed} units were resumed`)
}

const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length

/** When units began and ended, by the process that ran them and in order, from their logs. */
const unitTimes = (dir) => {
  const byProcess = new Map()
  for (const name of readdirSync(join(dir, 'logs')).filter((one) => one.endsWith('.jsonl'))) {
    const events = readFileSync(join(dir, 'logs', name), 'utf8')
      .trim()
      .split('\n')
      .map(JSON.parse)
    const timeOf = (type) => Date.parse(events.find((event) => event.type === type).time)
    const { pid } = events.find(({ type }) => type === 'start')
    const times = { began: timeOf('start'), ended: timeOf('done') }
    byProcess.set(pid, [...(byProcess.get(pid) ?? []), times])
  }
  return [...byProcess.values()].map((units) => units.sort((a, b) => a.began - b.began))
}

const throughput = async () => {
  for (const workers of [1, 2, 4]) {
    const dir = mkdtempSync(join(tmpdir(), 'retable-throughput-'))
    const began = Date.now()
    const ended = await Promise.all(
      Array.from({ length: workers }, () => startWorker(dir, 'throughput', 300).ended),
    )
    const finished = Date.now()
    const made = openStore(dir).fileNames().length
    if (made !== 200) throw new Error(`${made} results: ${ended.map(({ text }) => text).join('')}`)
    const times = unitTimes(dir)
    const between = times.flatMap((units) =>
      units.slice(1).map((unit, i) => unit.began - units[i].began - 1000),
    )
    const start = mean(times.map((units) => units[0].began - began))
    const end = mean(times.map((units) => finished - units.at(-1).ended))
    const over = ((finished - began) * workers) / 200 - 1000
    console.log(
      `${workers} workers: ${((finished - began) / 1000).toFixed(1)} s, ideal ${200 / workers} s: ${over.toFixed(0)} ms ` +
        `more per unit. ${mean(between).toFixed(0)} ms between two units; ${(start / 1000).toFixed(1)} s until a worker's ` +
        `first begins, ${(end / 1000).toFixed(1)} s after its last`,
    )
    rmSync(dir, { recursive: true })
  }
}

if (['work', 'run-unit'].includes(process.argv[2])) await command().main()
else {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '50' },
      lease: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      folders: { type: 'string', default: process.env.FOLDERS ?? tmpdir() },
      served: { type: 'string', default: process.env.SERVED },
      throughput: { type: 'boolean', default: false },
    },
  })
  if (values.throughput) await throughput()
  else {
    const folders = values.folders.split(',')
    await stress({
      ...{ rounds: Number(values.rounds), lease: Number(values.lease), seed: Number(values.seed) },
      ...{ folders, served: values.served ?? folders[0] },
    })
  }
}
