import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { expect, test } from 'vitest'
import { valueAndGrads } from './value-and-grads.js'

test('the value and gradients of a hand-worked function: f = Σ (w·x)², x = (1, 2), w = (3, 4)', () => {
  const params = { w: tf.tensor1d([3, 4]) }
  const x = tf.tensor1d([1, 2])
  const before = tf.memory().numTensors
  const { value, grads } = valueAndGrads((p) => tf.sum(tf.square(tf.mul(p['w']!, x))), params)
  expect(value.dataSync()[0]).toBe(73) // 3² + 8²
  expect([...grads['w']!.dataSync()]).toEqual([6, 32]) // 2·w·x²
  expect(tf.memory().numTensors).toBe(before + 2)
})
