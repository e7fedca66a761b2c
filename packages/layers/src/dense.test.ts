import { createRandom } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { expect, test } from 'vitest'
import { checkGradients } from './check-gradients.test-suite.js'
import { dense, normal } from './index.js'

const ctx = { training: false }

test('by hand: y = x·K + b', () => {
  const layer = dense({ name: 'fc', units: 3 })
  const params = {
    'fc/kernel': tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    'fc/bias': tf.tensor1d([10, 20, 30]),
  }
  const x = tf.tensor2d([
    [1, 0],
    [2, -1],
  ])
  expect(layer.apply(params, x, ctx).arraySync()).toEqual([
    [11, 22, 33],
    [8, 19, 30],
  ])
})

test('without bias it has only a kernel', () => {
  const layer = dense({ name: 'fc', units: 3, useBias: false })
  const params = layer.init(createRandom(1), [4])
  expect(Object.keys(params)).toEqual(['fc/kernel'])
  expect(layer.apply(params, tf.zeros([2, 4]), ctx).shape).toEqual([2, 3])
})

test('against central differences', () => {
  checkGradients({
    layer: dense({ name: 'fc', units: 3, biasInitializer: normal(1) }),
    input: [4],
    batch: 3,
  })
})

test('errors', () => {
  expect(() => dense({ name: 'fc', units: -4 })).toThrow(
    'layer "fc": units must be an integer of at least 1, found -4',
  )
  const layer = dense({ name: 'fc', units: 3 })
  expect(() => layer.outputShape([6, 6, 256])).toThrow(
    'layer "fc": expected an input of [features], found [6,6,256]; put flatten() before it',
  )
  const params = layer.init(createRandom(1), [4])
  expect(() => layer.apply(params, tf.zeros([2, 5]), ctx)).toThrow(
    'parameter "fc/kernel" has shape [4,3], expected [5,3]',
  )
})
