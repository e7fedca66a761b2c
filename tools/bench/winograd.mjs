// Convolutions of 3×3 on the onnx backend as it computes them (Winograd's F(2×2, 3×3) where kernels/winograd.ts says so)
// and directly, at the shapes from which that rule was made:
//
//   node tools/bench/winograd.mjs [--threads N] [--rounds 7]
//
// Milliseconds (medians, taking turns), the ratio, and the largest difference relative to the largest number. Build first.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { registerOnnxBackend } from '@retable/backend-onnx'
import { median } from './median.mjs'
import { noise } from './noise.mjs'

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
  },
})
const shapes = [
  [64, 6, 256, 384],
  [64, 6, 384, 384],
  [64, 6, 384, 256],
  [16, 8, 512, 512],
  [16, 14, 512, 512],
  [16, 16, 256, 512],
  [16, 16, 512, 512],
  [8, 28, 256, 512],
  [8, 28, 512, 512],
  [64, 14, 256, 256],
]

await registerOnnxBackend({ threads: Number(values.threads) })
await tf.setBackend('onnx')
for (const [batch, size, inputs, outputs] of shapes) {
  const x = noise('x', [batch, size, size, inputs])
  const w = noise('w', [3, 3, inputs, outputs])
  // Padded before, the convolution is a valid one, which the rule leaves alone.
  const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]) // prettier-ignore
  await padded.data()
  const ways = [() => tf.conv2d(padded, w, 1, 'valid'), () => tf.conv2d(x, w, 1, 'same')]
  const times = ways.map(() => [])
  for (let round = 0; round < Number(values.rounds) + 2; round++) {
    for (const [i, way] of ways.entries()) {
      const start = performance.now()
      const y = way()
      const one = tf.slice(y, [0, 0, 0, 0], [1, 1, 1, 1])
      await one.data()
      if (round > 1) times[i].push(performance.now() - start)
      tf.dispose([y, one])
    }
  }
  const [direct, fast] = times.map(median)
  const [a, b] = await Promise.all(ways.map((way) => way().data()))
  const most = a.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  const apart = a.reduce((m, v, i) => Math.max(m, Math.abs(v - b[i])), 0) / most
  console.log(
    `${batch} × ${size} × ${size}, ${inputs} to ${outputs}: ${direct.toFixed(1)} and ${fast.toFixed(1)} ms, ` +
      `${(direct / fast).toFixed(2)} times, difference ${apart.toExponential(1)}`,
  )
  tf.disposeVariables()
  tf.dispose([x, w, padded])
}
