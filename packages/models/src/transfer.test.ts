import { createRandom, disposeParams } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { transferFrom } from './transfer.js'
import { vgg } from './vgg.js'

const options = { widthScale: 1 / 32, hiddenUnits: 8, inputSize: 32, classes: 3 }
const a = vgg('A', options)
const d = vgg('D', options)

test("VGG's pre-initialization: A's first four convolutions and its FC layers, the rest random", () => {
  const trained = a.init(createRandom('trained'))
  const fresh = d.init(createRandom(1))
  const before = tf.memory().numTensors
  const params = transferFrom(a, trained, d, createRandom(1))
  expect(tf.memory().numTensors).toBe(before + Object.keys(fresh).length)
  expect(Object.keys(params)).toEqual(Object.keys(fresh))
  const taken = ['conv1_1', 'conv2_1', 'conv3_1', 'conv3_2', 'fc6', 'fc7', 'fc8']
  for (const [name, tensor] of Object.entries(params)) {
    const from = taken.includes(name.split('/')[0]!) ? trained : fresh
    expect(tensor.dataSync(), name).toEqual(from[name]!.dataSync())
  }
  // the new tree lives on without the old one
  disposeParams(trained)
  expect(Number.isFinite(params['fc6/kernel']!.dataSync()[0])).toBe(true)
})

test('all layers: the hand-over from one scale to the next', () => {
  const trained = d.init(createRandom('trained'))
  const params = transferFrom(d, trained, d, createRandom(1), { layers: 'all' })
  for (const name of Object.keys(trained)) {
    expect(params[name]!.dataSync()).toEqual(trained[name]!.dataSync())
  }
})

test('chosen layers, for another number of classes', () => {
  const ten = vgg('A', { ...options, classes: 10 })
  const trained = a.init(createRandom('trained'))
  expect(() => transferFrom(a, trained, ten, createRandom(1))).toThrow(
    'cannot take over "fc8/kernel": it is [8, 3] in vgg-A and [8, 10] in vgg-A',
  )
  const params = transferFrom(a, trained, ten, createRandom(1), { layers: ['conv1_1', 'fc6'] })
  expect(params['fc6/kernel']!.dataSync()).toEqual(trained['fc6/kernel']!.dataSync())
  expect(params['fc8/kernel']!.shape).toEqual([8, 10])
})

test('misspelt options are refused', () => {
  const transfer = (options: object) => () => transferFrom(a, {}, d, createRandom(1), options)
  expect(transfer({ layer: 'all' })).toThrow('transferFrom has no option "layer"')
  expect(transfer({ layers: 'everything' })).toThrow(
    `transferFrom's layers are 'vgg-pretraining', 'all' or a list of names, found "everything"`,
  )
  expect(transfer({ layers: 3 })).toThrow('a list of names, found 3')
})

test('what does not fit is refused in words, and nothing is left behind', () => {
  const trained = a.init(createRandom('trained'))
  const before = tf.memory().numTensors
  expect(() => transferFrom(a, trained, d, createRandom(1), { layers: 'all' })).toThrow(
    'cannot take over all layers: vgg-A has no "conv1_2", which vgg-D has',
  )
  expect(() => transferFrom(a, trained, d, createRandom(1), { layers: ['conv9_1'] })).toThrow(
    'cannot take over layer "conv9_1": vgg-A has no layer with parameters of that name',
  )
  expect(() => transferFrom(a, trained, d, createRandom(1), { layers: ['relu1_1'] })).toThrow(
    'no layer with parameters',
  )
  expect(() => transferFrom(a, {}, d, createRandom(1))).toThrow(
    'the parameters of vgg-A have no "conv1_1/kernel"',
  )
  const wide = vgg('D', { ...options, widthScale: 1 / 16 })
  expect(() => transferFrom(a, trained, wide, createRandom(1))).toThrow(
    'cannot take over "conv1_1/kernel": it is [3, 3, 3, 2] in vgg-A and [3, 3, 3, 4] in vgg-D',
  )
  const larger = vgg('D', { ...options, inputSize: 64 })
  expect(() => transferFrom(a, trained, larger, createRandom(1))).toThrow(
    'cannot take over "fc6/kernel": it is [16, 8] in vgg-A and [64, 8] in vgg-D',
  )
  expect(tf.memory().numTensors).toBe(before)
})
