import { createRandom, disposeParams } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { alexnet } from './alexnet.js'
import { cifarNet } from './cifar-net.js'
import { createModel } from './model.js'
import type { Model } from './model.js'
import { fromPyTorch, toPyTorch } from './pytorch.js'
import { describePyTorchParity } from './node/pytorch.contract.js'
import { pytorchNames } from './pytorch-names.js'
import { vgg } from './vgg.js'

describePyTorchParity(() => tf.setBackend('cpu'))

test("a first FC layer by hand: PyTorch's channels, rows, columns become rows, columns, channels", () => {
  const model = createModel({
    name: 'linear',
    classes: 1,
    inputSize: [1, 2],
    layers: [
      { kind: 'flatten', name: 'flatten' },
      {
        kind: 'dense',
        name: 'fc',
        units: 1,
        kernelInitializer: { kind: 'heNormal' },
        biasInitializer: { kind: 'zeros' },
      },
    ],
  })
  // red: columns 1, 2; green: 3, 4; blue: 5, 6
  const weight = tf.tensor2d([[1, 2, 3, 4, 5, 6]])
  const params = fromPyTorch(model, { 'fc.weight': weight, 'fc.bias': tf.tensor1d([7]) })
  expect([...params['fc/kernel']!.dataSync()]).toEqual([1, 3, 5, 2, 4, 6])
  expect([...params['fc/bias']!.dataSync()]).toEqual([7])
})

test('a convolution by hand: [out, in, h, w] becomes [h, w, in, out]', () => {
  const model = createModel({
    name: 'conv',
    classes: 2,
    inputSize: [1, 2],
    layers: [
      {
        kind: 'conv2d',
        name: 'conv',
        filters: 2,
        kernelSize: 1,
        strides: 1,
        padding: 0,
        groups: 1,
        kernelInitializer: { kind: 'heNormal' },
        biasInitializer: { kind: 'zeros' },
      },
      { kind: 'maxPool', name: 'pool', size: 1, stride: 2, padding: 'valid' },
      { kind: 'flatten', name: 'flatten' },
      {
        kind: 'dense',
        name: 'fc',
        units: 2,
        kernelInitializer: { kind: 'heNormal' },
        biasInitializer: { kind: 'zeros' },
      },
    ],
  })
  const state = {
    'conv.weight': tf.tensor4d([1, 2, 3, 4, 5, 6], [2, 3, 1, 1]),
    'conv.bias': tf.tensor1d([0, 0]),
    'fc.weight': tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    'fc.bias': tf.tensor1d([0, 0]),
  }
  const params = fromPyTorch(model, state)
  expect([...params['conv/kernel']!.dataSync()]).toEqual([1, 4, 2, 5, 3, 6])
  expect([...params['fc/kernel']!.dataSync()]).toEqual([1, 3, 2, 4])
})

test('names: torchvision counts ReLUs and pools, and so do we', () => {
  const names = (model: Model) => Object.values(pytorchNames(model))
  expect(names(vgg('A'))).toEqual([
    ...[0, 3, 6, 8, 11, 13, 16, 18].map((i) => `features.${i}`),
    ...[0, 3, 6].map((i) => `classifier.${i}`),
  ])
  expect(names(vgg('E', { dropout: false })).slice(-5)).toEqual([
    'features.32',
    'features.34',
    'classifier.0',
    'classifier.3',
    'classifier.6',
  ])
  expect(names(alexnet({ variant: 'torchvision' }))).toEqual([
    ...[0, 3, 6, 8, 10].map((i) => `features.${i}`),
    ...[1, 4, 6].map((i) => `classifier.${i}`),
  ])
  expect(names(alexnet())).toEqual([
    'conv1',
    'conv2',
    'conv3',
    'conv4',
    'conv5',
    'fc6',
    'fc7',
    'fc8',
  ])
})

const tiny = vgg('A', { widthScale: 1 / 64, hiddenUnits: 3, inputSize: 32, classes: 2 })

test('what nn.DataParallel puts before names is skipped', () => {
  const params = tiny.init(createRandom(1))
  const state = toPyTorch(tiny, params)
  const wrapped = Object.fromEntries(Object.entries(state).map(([k, t]) => [`module.${k}`, t]))
  expect(fromPyTorch(tiny, wrapped)['fc6/kernel']!.dataSync()).toEqual(
    params['fc6/kernel']!.dataSync(),
  )
})

test('modules are found in natural order if a file has sorted their names as text', () => {
  const params = tiny.init(createRandom(1))
  const names = Object.fromEntries(
    Object.keys(pytorchNames(tiny)).map((layer, i) => [layer, `m.${i}`]),
  )
  const state = toPyTorch(tiny, params, { names })
  const asText = Object.fromEntries(
    Object.keys(state)
      .sort()
      .map((key) => [key, state[key]!]),
  )
  // m.10 comes before m.2 as text; conv4_1 (4 → 8 maps) is m.4, so only the natural order fits.
  expect(Object.keys(asText)[2]).toBe('m.1.bias')
  const found = fromPyTorch(tiny, asText)
  for (const key of Object.keys(params)) {
    expect(found[key]!.dataSync(), key).toEqual(params[key]!.dataSync())
  }
})

test('what does not fit is refused in words, and nothing is left behind', () => {
  const params = tiny.init(createRandom(1))
  const state = toPyTorch(tiny, params)
  const before = tf.memory().numTensors
  const without = Object.fromEntries(
    Object.entries(state).filter(([name]) => name !== 'features.0.bias'),
  )
  expect(() => fromPyTorch(tiny, without)).toThrow('the tensors have no "features.0.bias"')
  expect(() => fromPyTorch(tiny, { ...state, 'bn.weight': state['features.0.bias']! })).toThrow(
    'the tensors hold "bn.weight" [1], which belongs to no layer of vgg-A',
  )
  expect(() => fromPyTorch(vgg('B', { inputSize: 32 }), state)).toThrow(
    'the tensors do not fit vgg-B: found features.0.weight [1, 3, 3, 3]',
  )
  const moreClasses = vgg('A', { widthScale: 1 / 64, hiddenUnits: 3, inputSize: 32, classes: 10 })
  expect(() => fromPyTorch(moreClasses, state)).toThrow(
    '"classifier.6.weight" has shape [2, 3], but layer "fc8" of vgg-A (10 classes, images of 32×32) takes [10, 3]',
  )
  expect(() => fromPyTorch(tiny, {})).toThrow('found none')
  expect(() => fromPyTorch(tiny, state, { names: {} })).toThrow('"names" has no module for layer')
  expect(() => toPyTorch(tiny, state)).toThrow('the parameters of vgg-A has no entry')
  expect(() => fromPyTorch(cifarNet(), state)).toThrow('its layer "local3" is locally connected')
  expect(tf.memory().numTensors).toBe(before)
  const integer = { ...state, 'features.0.weight': tf.zeros([1, 3, 3, 3], 'int32') }
  expect(() => fromPyTorch(tiny, integer)).toThrow('"features.0.weight" is int32, expected float32')
  disposeParams(state)
})
