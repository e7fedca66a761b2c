// Convolutions and their gradients on the onnx backend, on maps in blocks of channels (kernels/blocked.ts) and without, at
// the shapes of the nets that the tables train:
//
//   node tools/bench/convolutions.mjs [--threads N] [--rounds 7]
//
// Milliseconds without and with blocks (medians, taking turns), and their ratio. kernels/blocked.ts's rules come from here.
// Build first.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { registerOnnxBackend } from '@retable/backend-onnx'
import { registerGradients } from '@retable/core'
import { median } from './median.mjs'
import { noise } from './noise.mjs'

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
  },
})
registerGradients()
// batch, pixels, inputs, outputs, side of the filter, stride
const shapes = [
  [100, 32, 3, 32, 5, 1],
  [100, 16, 32, 32, 5, 1],
  [100, 8, 32, 64, 5, 1],
  [128, 12, 64, 64, 5, 1],
  [64, 28, 3, 8, 3, 1],
  [64, 28, 8, 8, 3, 1],
  [64, 28, 8, 16, 3, 1],
  [64, 14, 16, 16, 3, 1],
  [64, 14, 16, 32, 3, 1],
  [64, 14, 32, 32, 3, 1],
  [64, 7, 32, 64, 3, 1],
  [64, 7, 64, 64, 3, 1],
  [16, 64, 64, 64, 3, 1],
  [16, 32, 128, 128, 3, 1],
  [64, 128, 3, 96, 11, 4],
  [64, 14, 96, 256, 5, 1],
]
const threads = Number(values.threads)

for (const shape of shapes) {
  const [batch, size, inputs, outputs, side, stride] = shape
  const times = new Map()
  // One backend after the other, twice: what else the machine does weighs on both.
  for (const blocks of [false, true, false, true]) {
    await registerOnnxBackend({ threads, blocks })
    await tf.setBackend('onnx')
    const x = noise('x', [batch, size, size, inputs])
    const w = noise('w', [side, side, inputs, outputs])
    const convolve = (x, w) => tf.conv2d(x, w, stride, 'same')
    const y = convolve(x, w)
    const dy = noise('dy', y.shape)
    await y.data()
    const ways = {
      forward: () => convolve(x, w),
      filter: () => tf.grad((w) => convolve(x, w))(w, dy),
      ...(inputs > 3 && { input: () => tf.grad((x) => convolve(x, w))(x, dy) }),
    }
    for (const [name, way] of Object.entries(ways)) {
      for (let round = 0; round < Number(values.rounds) + 2; round++) {
        const start = performance.now()
        const made = tf.tidy(() => tf.slice(tf.reshape(way(), [-1]), [0], [1]))
        await made.data()
        made.dispose()
        const key = `${name} ${blocks}`
        if (round > 1) times.set(key, [...(times.get(key) ?? []), performance.now() - start])
      }
    }
    tf.dispose([x, w, y, dy])
    tf.removeBackend('onnx')
  }
  const flops = 2 * batch * Math.ceil(size / stride) ** 2 * side ** 2 * inputs * outputs
  const columns = ['forward', 'input', 'filter'].flatMap((name) => {
    if (!times.has(`${name} true`)) return []
    const [without, within] = [
      median(times.get(`${name} false`)),
      median(times.get(`${name} true`)),
    ]
    const rate = (flops / within / 1e6).toFixed(0)
    return `${name} ${without.toFixed(1)} and ${within.toFixed(1)} ms (${(without / within).toFixed(2)}, ${rate} GFLOP/s)`
  })
  console.log(
    `${batch} × ${size} × ${size}, ${inputs} to ${outputs}, ${side}×${side} by ${stride}: ${columns.join('; ')}`,
  )
}
