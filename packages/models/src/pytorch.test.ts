import type { Params } from '@retable/core'
import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { alexnet } from './alexnet.js'
import { cifarNet } from './cifar-net.js'
import { createModel } from './model.js'
import type { Model } from './model.js'
import { fromPyTorch, toPyTorch } from './pytorch.js'
import { pytorchNames } from './pytorch-names.js'
import { loadSafetensors } from './safetensors.js'
import { vgg } from './vgg.js'

// The fixtures are made by tools/fixtures/models.py.
const fixture = async (name: string): Promise<Params> =>
  loadSafetensors(await readFile(new URL(`../fixtures/${name}.safetensors`, import.meta.url)))

/** A net with the widths of a narrowed fixture: the model's table with other numbers. */
const withWidths = (model: Model, name: string, widths: readonly number[]): Model => {
  let next = 0
  const specs = model.specs.map((spec) =>
    spec.kind === 'conv2d' ? { ...spec, filters: widths[next++]! } : spec,
  )
  const [height, width] = model.inputShape
  return createModel({ name, classes: model.classes, inputSize: [height, width], specs })
}

const small = { classes: 5, hiddenUnits: 16 }
const cases: readonly (readonly [string, Model])[] = [
  ['vgg11', vgg('A', { ...small, widthScale: 1 / 32, inputSize: 64 })],
  ['vgg13', vgg('B', { ...small, widthScale: 1 / 32, inputSize: 32 })],
  ['vgg16', vgg('D', { ...small, widthScale: 1 / 32, inputSize: 64 })],
  ['vgg19', vgg('E', { ...small, widthScale: 1 / 32, inputSize: 32 })],
  [
    'vgg16-average-pool',
    vgg('D', { ...small, widthScale: 1 / 32, inputSize: 96, adaptivePool: 7 }),
  ],
  ['alexnet', alexnet({ ...small, variant: 'torchvision', widthScale: 1 / 8, inputSize: 96 })],
  [
    'class-notes',
    withWidths(
      alexnet({ ...small, variant: 'class-notes', inputSize: 128 }),
      'alexnet-class-notes',
      [8, 12, 16, 16, 12],
    ),
  ],
  [
    'two-tower',
    withWidths(
      alexnet({ ...small, inputSize: 67, dropout: false }),
      'alexnet-two-tower',
      [12, 16, 24, 24, 16],
    ),
  ],
]

const loss = (model: Model, params: Params, images: tf.Tensor4D, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const logits = model.apply(params, images, { training: false })
    const hot = tf.oneHot(tf.cast(labels, 'int32'), model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  })

/** Largest difference over the largest value that is expected. */
const relativeError = (found: tf.Tensor, expected: tf.Tensor): number => {
  expect(found.shape).toEqual(expected.shape)
  const a = found.dataSync()
  const b = expected.dataSync()
  let difference = 0
  let largest = 0
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!))
    largest = Math.max(largest, Math.abs(b[i]!))
  }
  expect(largest).toBeGreaterThan(0)
  return difference / largest
}

test.each(cases)("%s: logits and all gradients are PyTorch's", async (name, model) => {
  const state = await fixture(name)
  const expected = await fixture(`${name}-expected`)
  const params = fromPyTorch(model, state)
  const images = tf.transpose(expected['images'] as tf.Tensor4D, [0, 2, 3, 1])
  const logits = model.apply(params, images, { training: false })
  expect(relativeError(logits, expected['logits']!)).toBeLessThan(1e-4)

  const { value, grads } = valueAndGrads((p) => loss(model, p, images, expected['labels']!), params)
  expect(Math.abs(value.dataSync()[0]! / expected['loss']!.dataSync()[0]! - 1)).toBeLessThan(1e-4)
  const names = Object.fromEntries(
    Object.entries(pytorchNames(model)).map(([layer, module]) => [
      layer,
      // The class notes' module has names of its own; its layers were found by order and shapes.
      name === 'class-notes' ? classNotesNames[layer]! : module,
    ]),
  )
  const found = toPyTorch(model, grads, { names })
  expect(Object.keys(found).sort()).toEqual(Object.keys(state).sort())
  for (const key of Object.keys(state)) {
    expect(relativeError(found[key]!, expected[`grad/${key}`]!), key).toBeLessThan(1e-4)
  }
  const back = toPyTorch(model, params, { names })
  for (const key of Object.keys(state)) {
    expect(back[key]!.dataSync(), key).toEqual(state[key]!.dataSync())
  }
})

const classNotesNames: Readonly<Record<string, string>> = {
  conv1: 'net.0',
  conv2: 'net.4',
  conv3: 'net.8',
  conv4: 'net.10',
  conv5: 'net.12',
  fc6: 'head.1',
  fc7: 'head.4',
  fc8: 'head.6',
}

test("a first FC layer by hand: PyTorch's channels, rows, columns become rows, columns, channels", () => {
  const model = createModel({
    name: 'linear',
    classes: 1,
    inputSize: [1, 2],
    specs: [
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc', units: 1, kernelInit: { kind: 'he' }, biasInit: 0 },
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
    specs: [
      {
        kind: 'conv2d',
        name: 'conv',
        filters: 2,
        kernelSize: 1,
        stride: 1,
        padding: 0,
        groups: 1,
        kernelInit: { kind: 'he' },
        biasInit: 0,
      },
      { kind: 'maxPool', name: 'pool', size: 1, stride: 2, padding: 'valid' },
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc', units: 2, kernelInit: { kind: 'he' }, biasInit: 0 },
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

test('modules are found in natural order where a file has sorted their names as text', () => {
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
