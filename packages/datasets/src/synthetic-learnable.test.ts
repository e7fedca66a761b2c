import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import type { Params } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, it } from 'vitest'
import { loader } from './loader.js'
import type { Batch } from './make-batch.js'
import { synthetic } from './synthetic.js'

beforeAll(() => tf.setBackend('cpu'))

const SIDE = 16
const KERNEL = 5
const STRIDE = 2
const OUT = Math.floor((SIDE - KERNEL) / STRIDE) + 1
const FILTERS = 16
const COLUMNS = KERNEL * KERNEL * 3

/** Every second 5×5 window as a row, so that a convolution is one matrix product (tfjs's cpu kernels take seconds per step). */
const windows = ({ images, shape }: Batch): tf.Tensor2D => {
  const out = new Float32Array(shape[0] * OUT * OUT * COLUMNS)
  let at = 0
  for (let n = 0; n < shape[0]; n++) {
    for (let y = 0; y < OUT; y++) {
      for (let x = 0; x < OUT; x++) {
        for (let row = 0; row < KERNEL; row++) {
          const from = 3 * (SIDE * (n * SIDE + STRIDE * y + row) + STRIDE * x)
          for (let i = from; i < from + 3 * KERNEL; i++) out[at++] = 5 * (images[i]! - 0.5)
        }
      }
    }
  }
  return tf.tensor2d(out, [shape[0] * OUT * OUT, COLUMNS])
}

/** Convolution, ReLU, the mean over the image of each map and of its square, a linear classifier. */
const forward = (params: Params, x: tf.Tensor2D): tf.Tensor2D => {
  const count = x.shape[0] / (OUT * OUT)
  const maps = tf.relu(
    tf.add(tf.matMul(x, params['conv/kernel'] as tf.Tensor2D), params['conv/bias']!),
  )
  const pool = tf.fill([count, 1, OUT * OUT], 1 / (OUT * OUT))
  const mean = (t: tf.Tensor) =>
    tf.reshape(tf.matMul(pool, tf.reshape(t, [count, OUT * OUT, FILTERS])), [count, FILTERS])
  const features = tf.concat([mean(maps), mean(tf.square(maps))], 1) as tf.Tensor2D
  return tf.add(tf.matMul(features, params['fc/kernel'] as tf.Tensor2D), params['fc/bias']!)
}

const crossEntropy = (logits: tf.Tensor2D, labels: Int32Array): tf.Scalar => {
  const shifted = tf.sub(logits, tf.max(logits, 1, true))
  const logP = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)))
  const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10)
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.cast(y, 'float32'), logP), 1))) as tf.Scalar
}

it('one layer of convolution learns what templates of pixels cannot', async () => {
  const options = { seed: 3, size: SIDE, difficulty: 0.2 }
  const random = createRandom(1)
  const train = loader(synthetic({ ...options, length: 2560 }), {
    batchSize: 32,
    shuffle: true,
    random,
  })
  const normal = (name: string, shape: [number, number]) => {
    const values = new Float32Array(shape[0] * shape[1])
    return tf.tensor2d(random.stream(name).fillNormal(values, 0, Math.sqrt(2 / shape[0])), shape)
  }
  let params: Params = {
    'conv/kernel': normal('conv', [COLUMNS, FILTERS]),
    'conv/bias': tf.zeros([FILTERS]),
    'fc/kernel': normal('fc', [2 * FILTERS, 10]),
    'fc/bias': tf.zeros([10]),
  }
  const velocity: Params = {}
  for (const [name, p] of Object.entries(params)) velocity[name] = tf.zerosLike(p)
  for (const e of [0, 1]) {
    for await (const batch of train.epoch(e)) {
      const x = windows(batch)
      const { value, grads } = valueAndGrads(
        (p) => crossEntropy(forward(p, x), batch.labels),
        params,
      )
      const next: Params = {}
      for (const [name, g] of Object.entries(grads)) {
        const old = velocity[name]!
        velocity[name] = tf.tidy(() => tf.add(tf.mul(old, 0.9), g))
        next[name] = tf.tidy(() => tf.sub(params[name]!, tf.mul(velocity[name]!, 0.02)))
        old.dispose()
      }
      disposeParams(params)
      disposeParams(grads)
      tf.dispose([x, value])
      params = next
    }
  }
  const test = loader(synthetic({ ...options, split: 'test', length: 500 }), { batchSize: 100 })
  let wrong = 0
  for await (const batch of test) {
    const guesses = tf.tidy(() => tf.argMax(forward(params, windows(batch)), 1).dataSync())
    batch.labels.forEach((label, i) => (wrong += guesses[i] === label ? 0 : 1))
  }
  // Chance is 90%, and the nearest class mean is wrong for more than 70% (synthetic.test.ts).
  expect(wrong / 500).toBeLessThan(0.55)
  disposeParams(params)
  disposeParams(velocity)
})
