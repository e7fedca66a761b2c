import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { assertFinite } from './finite.js'

test('finite values whose sum overflows float32 are finite', async () => {
  const large = tf.fill([3, 2], 2e38)
  expect(tf.sum(large).dataSync()[0]).toBe(Infinity)
  const before = tf.memory().numTensors
  await assertFinite({ large, opposite: tf.neg(large) })
  expect(tf.memory().numTensors).toBe(before + 1)
})

test.each([NaN, Infinity, -Infinity])(
  '%d among them is not, by its tensor’s name',
  async (value) => {
    const params = { large: tf.fill([3, 2], 2e38), bad: tf.tensor1d([1, value]) }
    const before = tf.memory().numTensors
    await expect(assertFinite(params, ' after step 3', 'weight')).rejects.toMatchObject({
      code: 'diverged',
      message: 'weight "bad" holds NaN or infinity after step 3',
    })
    expect(tf.memory().numTensors).toBe(before)
  },
)
