// A training step and an inference of the benchmarks' nets (nets.mjs) on every contender, in one run:
//
//   node tools/bench/training-step.mjs [--only alexnet,onnx,pytorch,training,…] [--rounds N] [--threads N]
//     [--longest S] [--json FILE] [--history]
//
// Each contender is a process of its own; they take turns of a few steps, so that what else the machine does weighs on all
// alike, and medians are compared. onnx takes its steps as `fit` does, replayed. PyTorch takes part if a python with
// torch is found (PYTHON, or python3), in the fastest mode that pytorch.py finds by trial; tfjs-node if
// @tensorflow/tfjs-node is installed. tfjs's cpu backend takes seconds per image: it makes one step of one image, of which
// only the images per second count. What takes longer than S seconds for a step is stopped (shown as >). Without
// `--only`, wasm, cpu and tfjs-node are left out of the small nets, which the tiers train on onnx. The first line after the
// table is the rate of the best convolution that onnx reaches here, and the share of it that training reaches.
// `--history` writes the results to tools/bench/history/training-step, with the machine and the commit. Build first.
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { contendersOf, takeTurn } from './contenders.mjs'
import { median } from './median.mjs'
import { nets } from './nets.mjs'
import { readOnly } from './only.mjs'
import { aboutRun, writeRecord } from './record.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(availableParallelism()) },
    longest: { type: 'string', default: '120' },
    json: { type: 'string' },
    history: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})
const threads = Number(values.threads)
const rounds = Number(values.rounds)
const longest = Number(values.longest) * 1e3
const only = values.only.split(',').filter(Boolean)

const modes = ['training', 'inference']
const contenders = ['onnx', 'wasm', 'cpu', 'tfjs-node', 'pytorch']
const asked = readOnly(values.only, Object.keys(nets), modes, contenders)

const { start, torch, hasTfjsNode } = contendersOf(threads, longest)

/** The fastest convolution of this machine on onnx, in GFLOP/s. */
const best = start('onnx', { mode: 'convolution' })
await best.ready()
const bestRate = (await best.step()).rate
await best.stop()

const takesPart = (name, net) => {
  if (name === 'pytorch') return torch !== null && net !== 'alexnet at 1/8'
  if (name === 'tfjs-node' && !hasTfjsNode) return false
  return only.includes(name) || name === 'onnx' || ['alexnet', 'vgg-16'].includes(net)
}

const results = []
for (const net of asked(Object.keys(nets))) {
  for (const mode of asked(modes)) {
    const running = []
    // One after the other: PyTorch tries its modes while nobody else computes.
    for (const name of asked(contenders).filter((name) => takesPart(name, net))) {
      const batch = name === 'cpu' ? 1 : nets[net].batch
      const worker = start(name, { net, mode, batch, profile: values.profile })
      const contender = { name, batch, steps: [], worker, about: {} }
      running.push(contender)
      try {
        contender.about = await worker.ready()
      } catch (error) {
        contender.failed = true
        console.log(error.message)
      }
    }
    // The first rounds are for warming up, and for recording what is replayed then.
    const warm = 4
    for (let round = 0; round < rounds + warm; round++) {
      for (const contender of running) {
        const { name, steps, worker } = contender
        if (contender.failed || contender.slow || (name === 'cpu' && round > 0)) continue
        try {
          const turn =
            name === 'cpu' || round < warm ? [await worker.step()] : await takeTurn(worker)
          steps.push(...turn)
          if (turn[0].ms === Infinity) contender.slow = true
        } catch (error) {
          // Its own message is above, on standard error.
          contender.failed = true
          console.log(error.message)
        }
      }
    }
    for (const { worker } of running) await worker.stop()
    for (const { name, batch, steps, failed, slow, about } of running) {
      if (failed) continue
      if (slow) {
        results.push({ net, mode, name, batch, ms: null, rate: null })
        continue
      }
      const counted = name === 'cpu' ? steps : steps.slice(warm)
      const ms = median(counted.map((s) => s.ms))
      const flops = (mode === 'training' ? 6 : 2) * (about.multiplyAdds ?? 0) * batch
      results.push({
        net,
        mode,
        name: name === 'pytorch' ? `PyTorch (${about.mode})` : name,
        batch,
        ms,
        rate: (batch * 1e3) / ms,
        first: steps[0].ms,
        // Until the first run begins: recording, and the sessions.
        ready: name === 'onnx' ? steps[0].recorded + steps[0].built : null,
        trace:
          name === 'onnx' ? median(counted.map((s) => s.recorded / (s.ms - s.recorded))) : null,
        share: name === 'onnx' ? flops / ms / 1e6 / bestRate : null,
        peak: steps.at(-1).peak,
        ...(about.tried && { tried: about.tried }),
        all: steps.map((s) => Math.round(s.ms * 10) / 10),
      })
    }
  }
}

const torchVersion = torch === null ? '' : `, PyTorch ${torch}`
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}${torchVersion}`,
)
console.log('medians; ratios are to PyTorch: images per second, and peak resident memory\n')
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)
row([
  'net',
  'mode',
  'contender',
  'batch',
  'ms per step',
  'images/s',
  'ratio',
  'first step, ms',
  'of it recording and sessions',
  'recording',
  'peak MB',
  'ratio',
  'share of the best convolution',
])
row(Array(13).fill('---'))
for (const r of results) {
  const other = results.find(
    (o) => o.net === r.net && o.mode === r.mode && o.name.startsWith('PyTorch'),
  )
  if (r.ms === null) {
    const fewer = `< ${((r.batch * 1e3) / longest).toFixed(3)}`
    row([r.net, r.mode, r.name, r.batch, `> ${longest}`, fewer, '', '', '', '', '', '', ''])
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
    r.share === null ? '' : `${(100 * r.share).toFixed(0)}%`,
  ])
}
console.log(`\nbest convolution on onnx: ${bestRate.toFixed(0)} GFLOP/s`)

const about = aboutRun('training-step', { threads, pytorch: torch, bestConvolution: bestRate })
writeRecord('training-step', { ...about, rounds, results }, values)
