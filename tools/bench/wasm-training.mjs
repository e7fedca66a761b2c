// The filter's gradient on wasm beside wasm's own forward convolution and tfjs's cpu backend, in one run:
//
//   node tools/bench/wasm-training.mjs [--threads N] [--rounds N] [--json FILE] [--cpu-channels N]
//
// Rounds are interleaved, so that what else the machine does weighs on all contenders alike; the medians are
// compared. tfjs's cpu kernel needs ten minutes for one round of the first case, so its rate is measured on fewer
// of the channels (4 of each side; its loops over channels are the outermost): --cpu-channels 64 measures more.
// Build first: npx nx build backends.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from '@retable/backends'
import { median } from './median.mjs'

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
    json: { type: 'string' },
    'cpu-channels': { type: 'string', default: '4' },
  },
})
const threads = Number(values.threads)
const rounds = Number(values.rounds)
const cpuChannels = Number(values['cpu-channels'])
const batch = 16
const cases = [
  { channels: 64, size: 32 },
  { channels: 256, size: 16 },
]

/** Inputs that are the same on every backend. */
const inputs = ({ channels, size }) => {
  const images = [batch, size, size, channels]
  return {
    x: tf.randomUniform(images, -1, 1, 'float32', 1),
    dy: tf.randomUniform(images, -1, 1, 'float32', 2),
    filter: tf.randomUniform([3, 3, channels, channels], -0.1, 0.1, 'float32', 3),
  }
}

const contenders = {
  'Conv2DBackpropFilter, cpu': {
    backend: 'cpu',
    rounds: 3,
    run: ({ x, dy, filter }) => filterGradient(x, dy, filter),
  },
  'Conv2DBackpropFilter, wasm': {
    backend: 'wasm',
    run: ({ x, dy, filter }) => filterGradient(x, dy, filter),
  },
  'Conv2DBackpropInput, wasm': {
    backend: 'wasm',
    run: ({ x, dy, filter }) =>
      tf
        .engine()
        .runKernel('Conv2DBackpropInput', { dy, filter }, { ...window, inputShape: x.shape }),
  },
  'Conv2D forward, wasm': {
    backend: 'wasm',
    run: ({ x, filter }) => tf.conv2d(x, filter, 1, 'same'),
  },
}
const window = { strides: 1, pad: 'same', dataFormat: 'NHWC' }
const filterGradient = (x, dy, filter) =>
  tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...window, filterShape: filter.shape })

const onBackend = (shape, backend) =>
  backend === 'cpu' ? { ...shape, channels: Math.min(shape.channels, cpuChannels) } : shape

const results = []
for (const shape of cases) {
  const tensors = {}
  for (const backend of ['cpu', 'wasm']) {
    await useBackend(backend, backend === 'wasm' ? { threads } : {})
    tensors[backend] = inputs(onBackend(shape, backend))
  }
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, { backend, run, rounds: own = rounds }] of Object.entries(contenders)) {
      if (round >= own) continue
      await useBackend(backend)
      const start = performance.now()
      const out = run(tensors[backend])
      const time = performance.now() - start
      out.dispose()
      if (round >= 0) times[name].push(time)
    }
  }
  for (const backend of ['cpu', 'wasm']) {
    await useBackend(backend)
    Object.values(tensors[backend]).forEach((t) => t.dispose())
  }
  const label = `${shape.channels} channels, ${shape.size}x${shape.size}, batch ${batch}, 3x3`
  for (const [name, list] of Object.entries(times)) {
    const { channels, size } = onBackend(shape, contenders[name].backend)
    const ms = median(list)
    results.push({
      case: label,
      name,
      channels,
      ms,
      gflops: (2 * batch * size ** 2 * 9 * channels ** 2) / ms / 1e6,
    })
  }
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}`,
)
for (const label of new Set(results.map((r) => r.case))) {
  console.log(`\n${label}`)
  const rows = results.filter((r) => r.case === label)
  for (const { name, channels, ms, gflops } of rows) {
    const part = label.startsWith(`${channels} `) ? '' : ` (${channels} channels)`
    console.log(
      `  ${(name + part).padEnd(42)} ${ms.toFixed(1).padStart(9)} ms ${gflops.toFixed(3).padStart(9)} GFLOP/s`,
    )
  }
  const of = (name) => rows.find((r) => r.name === name).gflops
  const gradient = of('Conv2DBackpropFilter, wasm')
  const faster = gradient / of('Conv2DBackpropFilter, cpu')
  const share = gradient / of('Conv2D forward, wasm')
  console.log(
    `  filter gradient against cpu: ${faster.toFixed(1)} times as fast (at least 15 wanted)`,
  )
  console.log(
    `  filter gradient against forward: ${share.toFixed(2)} of its speed (at least 0.5 wanted)`,
  )
}
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ threads, node: process.version, results }, null, 2)}\n`,
  )
