import { createRandom } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { alexnet } from './alexnet.js'
import { cifarNet } from './cifar-net.js'
import { toFullyConvolutional } from './fully-convolutional.js'
import type { Model } from './model.js'
import { createModel } from './model.js'
import { someImages } from './models.contract.js'
import { vgg } from './vgg.js'

const options = { classes: 3, hiddenUnits: 8, initialization: 'he' } as const
const nets: readonly (readonly [string, Model])[] = [
  ['vgg A-LRN', vgg('A-LRN', { ...options, widthScale: 1 / 32, inputSize: 96 })],
  [
    'vgg with an average pool that changes nothing',
    vgg('B', { ...options, widthScale: 1 / 32, inputSize: 64, adaptivePool: 2 }),
  ],
  ['alexnet', alexnet({ ...options, widthScale: 1 / 16, inputSize: 99 })],
]

const largest = (t: tf.Tensor): number => tf.max(tf.abs(t)).dataSync()[0]!

test.each(nets)('%s: at its own input size the map is the plain logits, to 1e-5', (_, model) => {
  const params = model.init(createRandom(1))
  const images = someImages(model, 2)
  const plain = model.apply(params, images, { training: false })
  const dense = toFullyConvolutional(model, params)
  const before = tf.memory().numTensors
  const map = dense.apply(images)
  expect(tf.memory().numTensors).toBe(before + 1)
  expect(map.shape).toEqual([2, 1, 1, 3])
  const difference = largest(tf.sub(tf.reshape(map, [2, 3]), plain))
  expect(difference).toBeLessThan(1e-5 * largest(plain))
})

test('larger images give a map of scores, one each 32 pixels', () => {
  const model = vgg('A', { ...options, widthScale: 1 / 32, inputSize: 64 })
  const dense = toFullyConvolutional(model, model.init(createRandom(1)))
  expect(dense.minimumSize).toEqual([64, 64])
  expect(dense.outputShape(64, 64)).toEqual([1, 1, 3])
  expect(dense.outputShape(95, 128)).toEqual([1, 3, 3])
  expect(dense.apply(tf.zeros([1, 95, 128, 3])).shape).toEqual([1, 1, 3, 3])
  expect(() => dense.apply(tf.zeros([1, 63, 128, 3]))).toThrow(
    'vgg-A as a fully-convolutional net takes images of at least 64×64 pixels, found 63×128',
  )
  expect(() => dense.apply(tf.zeros([1, 64, 64, 1]))).toThrow('[N, H, W, 3], found [1, 64, 64, 1]')
})

test("a map's places are the plain net on crops, if nothing is padded", () => {
  const init = {
    kernelInitializer: { kind: 'heNormal' },
    biasInitializer: { kind: 'zeros' },
  } as const
  const model = createModel({
    name: 'unpadded',
    classes: 2,
    inputSize: [9, 9],
    layers: [
      {
        kind: 'conv2d',
        name: 'conv',
        filters: 4,
        kernelSize: 2,
        strides: 1,
        padding: 0,
        groups: 1,
        ...init,
      },
      { kind: 'relu', name: 'relu' },
      { kind: 'maxPool', name: 'pool', size: 2, stride: 2, padding: 'valid' },
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc6', units: 5, ...init },
      { kind: 'relu', name: 'relu6' },
      { kind: 'dense', name: 'fc8', units: 2, ...init },
    ],
  })
  const params = model.init(createRandom(2))
  const values = createRandom(3).fillNormal(new Float32Array(13 * 15 * 3))
  const image = tf.tensor4d(values, [1, 13, 15, 3])
  const map = toFullyConvolutional(model, params).apply(image)
  expect(map.shape).toEqual([1, 3, 4, 2])
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 4; j++) {
      const crop = tf.slice(image, [0, 2 * i, 2 * j, 0], [1, 9, 9, 3])
      const plain = model.apply(params, crop, { training: false })
      const place = tf.reshape(tf.slice(map, [0, i, j, 0], [1, 1, 1, 2]), [1, 2])
      expect(largest(tf.sub(place, plain))).toBeLessThan(1e-5)
    }
  }
})

test('kernels are shared, not copied', () => {
  const model = vgg('A', { ...options, widthScale: 1 / 32, inputSize: 64 })
  const params = model.init(createRandom(1))
  const images = someImages(model, 1)
  const { numBytes, numDataBuffers } = tf.memory()
  const dense = toFullyConvolutional(model, params)
  expect(tf.memory()).toMatchObject({ numBytes, numDataBuffers })
  dense.apply(images).dispose()
  expect(tf.memory()).toMatchObject({ numBytes, numDataBuffers })
})

test('what cannot become fully convolutional is refused in words', () => {
  const local = cifarNet()
  expect(() => toFullyConvolutional(local, {})).toThrow('the kernels of "local3" belong to')
  const pooled = vgg('A', { ...options, widthScale: 1 / 32, inputSize: 64, adaptivePool: 7 })
  expect(() => toFullyConvolutional(pooled, {})).toThrow('its average pool turns 2×2 into 7×7')
  const oblong = vgg('A', { ...options, widthScale: 1 / 32, inputSize: [64, 96] })
  expect(() => toFullyConvolutional(oblong, {})).toThrow('its last map is 2×3, expected a square')
  const model = vgg('A', { ...options, widthScale: 1 / 32, inputSize: 64 })
  expect(() => toFullyConvolutional(model, {})).toThrow('the parameters have no "conv1_1/kernel"')
  const other = vgg('A', { ...options, widthScale: 1 / 32, inputSize: 32 }).init(createRandom(1))
  expect(() => toFullyConvolutional(model, other)).toThrow('"fc6/kernel" has shape [16, 8]')
})
