import * as tf from '@tensorflow/tfjs-core'
import { disposeParams, valueAndGrads, type Params } from '@retable/core'
import { adam } from '@retable/optimizers'
import { expect, it } from 'vitest'
import { noise, useOnnx } from './testing/onnx.test-suite.js'

it('holds resident memory flat over 2,000 training steps, with a fixed number of sessions', async () => {
  const onnx = await useOnnx()
  const optimizer = adam()
  const w: Record<string, number[]> = { k1: [3, 3, 3, 8], k2: [3, 3, 8, 16], fc: [256, 10] }
  let params: Params = Object.fromEntries(
    Object.entries(w).map(([k, shape]) => [k, tf.tidy(() => tf.mul(noise(k, ...shape), 0.3))]),
  )
  let state = optimizer.init(params)
  const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 10), 'float32')
  const resident: number[] = []
  const sessions: number[] = []
  for (let step = 0; step < 2000; step++) {
    // A new image batch each step, as a loader hands it over.
    const x = noise('x', 4, 16, 16, 3) as tf.Tensor4D
    const { value, grads } = valueAndGrads((p) => {
      let h = tf.maxPool(tf.relu(tf.conv2d(x, p['k1'] as tf.Tensor4D, 1, 'same')), 2, 2, 'valid')
      h = tf.maxPool(tf.relu(tf.conv2d(h, p['k2'] as tf.Tensor4D, 1, 'same')), 2, 2, 'valid')
      const logits = tf.matMul(tf.reshape(h, [4, 256]), p['fc'] as tf.Tensor2D)
      return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits)), -1))) as tf.Scalar
    }, params)
    const next = optimizer.update(params, grads, state, 1e-3)
    disposeParams(params)
    disposeParams(grads)
    for (const slot of Object.values(state.slots)) disposeParams(slot)
    ;({ params, state } = next)
    x.dispose()
    await value.data()
    value.dispose()
    if (step % 100 === 99) {
      resident.push(process.memoryUsage().rss)
      sessions.push(onnx.runtime.sessions.created)
    }
  }
  expect(new Set(sessions).size).toBe(1)
  const megabytes = resident.map((b) => b / 1e6)
  const told = megabytes.map(Math.round).join(' ')
  // V8's heap comes and goes by 20 MB; an array of the batch's 12 KB a step that was not let go of would be 23 MB.
  expect(megabytes[19]! - megabytes[0]!, told).toBeLessThan(20)
  expect(megabytes[19]! / megabytes[9]!, told).toBeLessThan(1.03)
}, 300_000)
