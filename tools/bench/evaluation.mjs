// Dense evaluation of Table 3's nets as `predict` makes it on onnx, with the parameters fed to every graph and with them held as
// constants and what the net does replayed (holdConstants and captureStep, which `predict` uses from its ninth run on):
//
//   node tools/bench/evaluation.mjs [--nets A,E] [--sides 32,48] [--batch N] [--rounds N] [--threads N]
//
// Both ways take turns batch by batch, and medians are compared. Sides are those of the tiers: 32 pixels are Q = 256, 48 are
// Q = 384. Build first.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from '@retable/backends'
import { captureStep, createRandom, holdConstants } from '@retable/core'
import { toFullyConvolutional, vgg } from '@retable/models'
import { median } from './median.mjs'
import { noise } from './noise.mjs'

const { values } = parseArgs({
  options: {
    nets: { type: 'string', default: 'A,E' },
    sides: { type: 'string', default: '32,48' },
    batch: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
const batch = Number(values.batch)
await useBackend('onnx', { threads: Number(values.threads) })

/** Milliseconds in which a net scores a batch. */
const timed = async (score, images) => {
  const start = performance.now()
  const scores = score({ images })
  await scores.data()
  scores.dispose()
  return performance.now() - start
}

console.log(
  '| net | side | fed, images/s | constants, images/s | ratio | graph and first batch, ms |',
)
console.log('| --- | --- | --- | --- | --- | --- |')
for (const letter of values.nets.split(',')) {
  for (const side of values.sides.split(',').map(Number)) {
    const model = vgg(letter, { classes: 10, inputSize: 28, widthScale: 1 / 8, pools: [1, 3, 5] })
    const params = model.init(createRandom(1))
    const images = noise('images', [batch, side, side, 3])
    // Two copies of the same numbers: one is held, the other is not.
    const copy = tf.tidy(() =>
      Object.fromEntries(Object.entries(params).map(([name, value]) => [name, tf.mul(value, 1)])),
    )
    const scoring = (net) => (inputs) => tf.tidy(() => net.apply(inputs.images))
    const fed = scoring(toFullyConvolutional(model, params))
    holdConstants(copy)
    const held = captureStep(scoring(toFullyConvolutional(model, copy)))
    await timed(fed, images)
    const first = await timed(held, images)
    const times = { fed: [], held: [] }
    for (let round = 0; round < Number(values.rounds); round++) {
      times.fed.push(await timed(fed, images))
      times.held.push(await timed(held, images))
    }
    const [a, b] = [median(times.fed), median(times.held)]
    const rate = (ms) => ((batch * 1e3) / ms).toFixed(0)
    console.log(
      `| ${letter} | ${side} | ${rate(a)} | ${rate(b)} | ${(a / b).toFixed(2)} | ${first.toFixed(0)} |`,
    )
  }
}
process.exit(0)
