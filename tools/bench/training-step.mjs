// A training step and an inference of the class notes' nets (10 classes, 128 pixels, Adam with L2), on onnx, wasm, cpu
// and PyTorch, in one run:
//
//   node tools/bench/training-step.mjs [--only alexnet,onnx,pytorch,training,…] [--rounds N] [--threads N]
//     [--longest S] [--json FILE]
//
// Each contender is a process of its own; they take turns step by step, so that what else the machine does weighs on all
// alike, and medians are compared. tfjs's cpu backend takes seconds an image: it makes one step of one image, which
// counts for its images a second alone. What takes longer than S seconds for a step is stopped (shown as >). PyTorch takes
// part where a python with torch is found: PYTHON, or /usr/bin/python3. `--only` takes names of contenders, nets and
// modes; `vgg-19 at 1/8` runs only where it is named.
// Build first: npx nx run-many -t build.
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(availableParallelism()) },
    longest: { type: 'string', default: '120' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
})
const threads = Number(values.threads)
const rounds = Number(values.rounds)
const longest = Number(values.longest) * 1e3
const only = values.only.split(',').filter(Boolean)
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

const nets = { alexnet: 64, 'vgg-16': 16, 'vgg-19 at 1/8': 64 }
const modes = ['training', 'inference']
const contenders = ['onnx', 'wasm', 'cpu', 'pytorch']
const asked = (list, except = []) => {
  const named = list.filter((name) => only.includes(name))
  return named.length > 0 ? named : list.filter((name) => !except.includes(name))
}
for (const name of only) {
  if (![...Object.keys(nets), ...modes, ...contenders].includes(name))
    throw new Error(
      `--only knows ${[...Object.keys(nets), ...modes, ...contenders].join(', ')}; found ${name}`,
    )
}

const python = process.env.PYTHON ?? '/usr/bin/python3'
const environment = { ...process.env, OPENBLAS_NUM_THREADS: String(threads) }
const torch = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
  env: environment,
  encoding: 'utf8',
})
if (torch.status !== 0)
  console.log(`PyTorch takes no part: ${python} has no torch (PYTHON names another)`)

/** A contender's process; `step` resolves to what a step took. */
const start = (name, settings) => {
  const args = JSON.stringify({ ...settings, backend: name, threads })
  const child =
    name === 'pytorch'
      ? spawn(python, [here('pytorch.py'), args], {
          env: environment,
          stdio: ['pipe', 'pipe', 'inherit'],
        })
      : spawn(process.execPath, [here('training-step-worker.mjs'), args], {
          stdio: ['pipe', 'pipe', 'inherit'],
        })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise((resolve) => child.once('close', resolve))
  return {
    step: async () => {
      child.stdin.write('\n')
      const timer = setTimeout(() => child.kill('SIGKILL'), longest)
      const { value, done } = await lines.next()
      clearTimeout(timer)
      if (done && child.killed) return { ms: Infinity }
      if (done) throw new Error(`${name} ended early on ${settings.net}, ${settings.mode}`)
      return JSON.parse(value)
    },
    stop: () => {
      child.stdin.end()
      return ended
    },
  }
}

const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

const results = []
for (const net of asked(Object.keys(nets), ['vgg-19 at 1/8'])) {
  for (const mode of asked(modes)) {
    const names = asked(contenders).filter((name) => name !== 'pytorch' || torch.status === 0)
    const running = names.map((name) => {
      const batch = name === 'cpu' ? 1 : nets[net]
      return {
        name,
        batch,
        steps: [],
        worker: start(name, { net, mode, batch, profile: values.profile }),
      }
    })
    // Two rounds are for warming up; tfjs's cpu backend has nothing to warm up.
    for (let round = 0; round < rounds + 2; round++) {
      for (const contender of running) {
        const { name, steps, worker } = contender
        if (contender.failed || contender.slow || (name === 'cpu' && round > 0)) continue
        try {
          const step = await worker.step()
          steps.push(step)
          if (step.ms === Infinity) contender.slow = true
        } catch (error) {
          // Its own message is above, on standard error.
          contender.failed = true
          console.log(error.message)
        }
      }
    }
    for (const { worker } of running) await worker.stop()
    for (const { name, batch, steps, failed, slow } of running) {
      if (failed) continue
      if (slow) {
        results.push({ net, mode, name, batch, ms: null, rate: null })
        continue
      }
      const counted = name === 'cpu' ? steps : steps.slice(2)
      const ms = median(counted.map((s) => s.ms))
      results.push({
        net,
        mode,
        name,
        batch,
        ms,
        rate: (batch * 1e3) / ms,
        first: steps[0].ms,
        // Until the first run begins: the trace, and the sessions.
        ready: name === 'onnx' ? steps[0].recorded + steps[0].built : null,
        trace:
          name === 'onnx' ? median(counted.map((s) => s.recorded / (s.ms - s.recorded))) : null,
        peak: steps.at(-1).peak,
        all: steps.map((s) => Math.round(s.ms)),
      })
    }
  }
}

const torchVersion = torch.status === 0 ? `, PyTorch ${torch.stdout.trim()}` : ''
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}${torchVersion}`,
)
console.log('medians; ratios are to PyTorch: images a second, and peak resident memory\n')
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)
row([
  'net',
  'mode',
  'contender',
  'batch',
  'ms a step',
  'images/s',
  'ratio',
  'first step, ms',
  'of it trace and build',
  'trace',
  'peak MB',
  'ratio',
])
row(Array(12).fill('---'))
for (const r of results) {
  const other = results.find((o) => o.net === r.net && o.mode === r.mode && o.name === 'pytorch')
  if (r.ms === null) {
    const fewer = `< ${((r.batch * 1e3) / longest).toFixed(3)}`
    row([r.net, r.mode, r.name, r.batch, `> ${longest}`, fewer, '', '', '', '', '', ''])
    continue
  }
  row([
    r.net,
    r.mode,
    r.name,
    r.batch,
    r.ms.toFixed(r.ms < 100 ? 1 : 0),
    r.rate.toFixed(2),
    other ? (r.rate / other.rate).toFixed(r.rate < other.rate / 10 ? 4 : 2) : '',
    r.first.toFixed(0),
    r.ready === null ? '' : r.ready.toFixed(0),
    r.trace === null ? '' : `${(100 * r.trace).toFixed(1)}%`,
    r.peak.toFixed(0),
    other && r.batch === other.batch ? (r.peak / other.peak).toFixed(2) : '',
  ])
}
if (values.json) {
  const about = {
    processor: cpus()[0]?.model,
    threads,
    node: process.version,
    pytorch: torch.stdout?.trim() ?? null,
  }
  writeFileSync(values.json, `${JSON.stringify({ ...about, rounds, results }, null, 2)}\n`)
}
