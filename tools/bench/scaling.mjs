// How a training step grows with the batch, the images' side, the width and the depth of a VGG, on onnx and on PyTorch:
//
//   node tools/bench/scaling.mjs [--vary batch,size,width,depth] [--rounds N] [--threads N] [--pytorch-mode MODE|best]
//     [--json FILE] [--history]
//
// One of the four is varied at a time, from a VGG-11 at 1/8 width on images of 28 pixels in batches of 64. The contenders take
// turns of a few steps, and medians are compared. "Growth" is the exponent of the time in what is varied, over the upper half of
// its range: 1 is linear; for the width, 2 is what the multiplications grow by. PyTorch runs in one mode, since
// to compile sixteen nets takes many minutes; `best` tries all. `--history` writes the results to
// tools/bench/history/scaling. Build first.
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { contendersOf, takeTurn } from './contenders.mjs'
import { growth } from './growth.mjs'
import { median } from './median.mjs'
import { aboutRun, writeRecord } from './record.mjs'

const { values } = parseArgs({
  options: {
    vary: { type: 'string', default: 'batch,size,width,depth' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(availableParallelism()) },
    'pytorch-mode': { type: 'string', default: 'eager, channels last' },
    json: { type: 'string' },
    history: { type: 'boolean', default: false },
  },
})
const threads = Number(values.threads)
const rounds = Number(values.rounds)
const mode = values['pytorch-mode']
const { start, torch } = contendersOf(threads, 120_000)

const base = { batch: 64, vgg: 'A', divisor: 8, size: 28, pools: [1, 2, 5] }
/** What is varied: its values as the axis has them, and the net and batch of each. */
const varied = {
  batch: [16, 32, 64, 128, 256].map((batch) => [batch, { batch }]),
  size: [28, 40, 56, 80].map((size) => [size, { size }]),
  width: [16, 8, 4, 2].map((divisor) => [64 / divisor, { divisor }]),
  depth: ['A', 'B', 'D', 'E'].map((vgg, i) => [[11, 13, 16, 19][i], { vgg }]),
}
const names = values.vary.split(',')
for (const name of names) {
  if (!(name in varied)) throw new Error(`--vary knows ${Object.keys(varied)}, got ${name}`)
}

/** Medians of a step's milliseconds, and the most memory in MB, by contender. */
const measured = async ({ batch, ...net }) => {
  const running = ['onnx', ...(torch === null ? [] : ['pytorch'])].map((name) => ({
    name,
    steps: [],
    worker: start(name, {
      ...{ net, batch, mode: 'training' },
      ...(mode !== 'best' && { pytorchMode: mode }),
    }),
  }))
  for (const { worker } of running) await worker.ready()
  const warm = 4
  for (let round = 0; round < rounds + warm; round++) {
    for (const { steps, worker } of running)
      steps.push(...(round < warm ? [await worker.step()] : await takeTurn(worker)))
  }
  for (const { worker } of running) await worker.stop()
  return Object.fromEntries(
    running.map(({ name, steps }) => [
      name,
      { ms: median(steps.slice(warm).map(({ ms }) => ms)), peak: steps.at(-1).peak },
    ]),
  )
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}${torch === null ? '' : `, PyTorch ${torch} (${mode})`}\n`,
)
console.log('| varied | at | onnx, ms | PyTorch, ms | onnx, MB | PyTorch, MB |')
console.log('| --- | --- | --- | --- | --- | --- |')
const results = {}
for (const name of names) {
  results[name] = []
  for (const [at, change] of varied[name]) {
    const point = { at, ...(await measured({ ...base, ...change })) }
    results[name].push(point)
    const { onnx, pytorch } = point
    const cells = [onnx.ms.toFixed(1), pytorch?.ms.toFixed(1), onnx.peak.toFixed(0), pytorch?.peak.toFixed(0)] // prettier-ignore
    console.log(`| ${[name, at, ...cells].join(' | ')} |`)
  }
}
console.log('\n| growth with | onnx, time | PyTorch, time | onnx, memory | PyTorch, memory |')
console.log('| --- | --- | --- | --- | --- |')
for (const [name, points] of Object.entries(results)) {
  const of = (contender, what) =>
    points[0][contender] ? growth(points, (p) => p[contender][what]).toFixed(2) : ''
  console.log(
    `| ${name} | ${of('onnx', 'ms')} | ${of('pytorch', 'ms')} | ${of('onnx', 'peak')} | ${of('pytorch', 'peak')} |`,
  )
}
const about = aboutRun('scaling', { threads, pytorch: torch })
writeRecord('scaling', { ...about, pytorchMode: mode, results }, values)
