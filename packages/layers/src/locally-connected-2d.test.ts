import { createRandom } from '@retable/core'
import { constant, normal } from './initializers.js'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { locallyConnected2d } from './locally-connected-2d.js'

const options = { name: 'local', kernelInitializer: normal(1), biasInitializer: constant(0) }

test('each place has its own kernel and bias, by hand', () => {
  const layer = locallyConnected2d({ ...options, filters: 1, kernelSize: 2, padding: 0 })
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1])
  const params = {
    'local/kernel': tf.tensor3d([1, 0, 0, 1, 2, 0, 0, -1], [2, 4, 1]),
    'local/bias': tf.tensor3d([10, 20], [1, 2, 1]),
  }
  // left: 1·1 + 5·1 + 10; right: 2·2 − 6·1 + 20
  expect([...layer.apply(params, x, { training: false }).dataSync()]).toEqual([16, 18])
})

test('with one kernel everywhere it is a convolution', () => {
  const layer = locallyConnected2d({ ...options, filters: 4, kernelSize: 3, padding: 1 })
  const kernel = createRandom(1).fillNormal(new Float32Array(3 * 3 * 2 * 4))
  const images = createRandom(2).fillNormal(new Float32Array(2 * 5 * 4 * 2))
  const x = tf.tensor4d(images, [2, 5, 4, 2])
  const shared = tf.tile(tf.tensor3d(kernel, [1, 18, 4]), [20, 1, 1])
  const params = { 'local/kernel': shared, 'local/bias': tf.zeros([5, 4, 4]) }
  const found = layer.apply(params, x, { training: false })
  const expected = tf.conv2d(x, tf.tensor4d(kernel, [3, 3, 2, 4]), 1, 'same')
  expect(tf.max(tf.abs(tf.sub(found, expected))).dataSync()[0]).toBeLessThan(1e-5)
})

test('inputs and parameters that do not fit are refused in words', () => {
  const layer = locallyConnected2d({ ...options, filters: 1, kernelSize: 3, padding: 0 })
  expect(() => layer.outputShape([2, 5, 1])).toThrow('layer "local": expected [height, width')
  const x = tf.zeros([1, 3, 3, 1])
  expect(() => layer.apply({}, x, { training: false })).toThrow('have no entry "local/kernel"')
  const params = { 'local/kernel': tf.zeros([2, 9, 1]) }
  expect(() => layer.apply(params, x, { training: false })).toThrow('[2,9,1], expected [1,9,1]')
})
