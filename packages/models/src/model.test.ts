import type { Params } from '@retable/core'
import { createRandom, disposeParams, mapParams, valueAndGrads } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { alexnet } from './alexnet.js'
import { cifarNet } from './cifar-net.js'
import type { Model } from './model.js'
import { createModel } from './model.js'
import { dense, type Layer } from '@retable/layers'
import { toFullyConvolutional } from './fully-convolutional.js'
import type { ModelSpec } from './model-spec.js'
import { describeModels, someImages } from './models.contract.js'
import { receptiveField } from './receptive-field.js'
import { modelFromSpec } from './registry.js'
import { transferFrom } from './transfer.js'
import { vgg } from './vgg.js'

describeModels(() => tf.setBackend('cpu'))

const linear = {
  kernelInitializer: { kind: 'normal', std: 1 },
  biasInitializer: { kind: 'zeros' },
} as const

test('a net of one convolution and one FC layer, by hand', () => {
  const model = createModel({
    name: 'tiny',
    classes: 1,
    inputSize: [2, 2],
    layers: [
      {
        kind: 'conv2d',
        name: 'conv',
        filters: 1,
        kernelSize: 2,
        strides: 1,
        padding: 0,
        groups: 1,
        ...linear,
      },
      { kind: 'relu', name: 'relu' },
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc', units: 1, ...linear },
    ],
  })
  const params = {
    'conv/kernel': tf.ones([2, 2, 3, 1]),
    'conv/bias': tf.tensor1d([-10]),
    'fc/kernel': tf.tensor2d([[3]]),
    'fc/bias': tf.tensor1d([0.5]),
  }
  // Σ 0…11 = 66; ReLU(66 − 10) = 56; 3 · 56 + 0.5
  const images = tf.reshape<tf.Rank.R4>(tf.range(0, 12), [1, 2, 2, 3])
  const logits = model.apply(params, images, { training: false })
  expect([...logits.dataSync()]).toEqual([168.5])
})

test('two layers of one name, or an end that is not one value per class, are refused', () => {
  const fc = { kind: 'dense', name: 'fc', units: 2, ...linear } as const
  const flat = { kind: 'flatten', name: 'flatten' } as const
  expect(() =>
    createModel({ name: 'n', classes: 2, inputSize: [1, 1], layers: [flat, fc, fc] }),
  ).toThrow('n has two layers named "fc"')
  expect(() =>
    createModel({ name: 'n', classes: 3, inputSize: [1, 1], layers: [flat, fc] }),
  ).toThrow('n ends in shape [2], expected [3], one value per class')
})

const std = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)

test('a seed for a stream, no context, and an unknown kind of layer are named', () => {
  const net = vgg('A', { classes: 2, inputSize: 32, widthScale: 0.05 })
  expect(() => net.init(1 as never)).toThrow(
    'vgg-A.init draws from a stream of random numbers, such as createRandom(1), found 1',
  )
  const params = net.init(createRandom(1))
  const images = tf.zeros<tf.Rank.R4>([1, 32, 32, 3])
  expect(() => net.apply(params, images, undefined as never)).toThrow(
    'vgg-A.apply takes { training: false } or { training: true, random }',
  )
  expect(() => net.apply(params, tf.cast(images, 'int32'), { training: false })).toThrow(
    'layer "conv1_1": expected a tensor of float32, found int32',
  )
  disposeParams(params)
  images.dispose()
  const specs = [{ kind: 'maxpool', name: 'pool1' }] as never
  expect(() => createModel({ name: 'x', classes: 1, inputSize: [3, 3], layers: specs })).toThrow(
    'unknown kind of layer "maxpool"; did you mean "maxPool"',
  )
})

test("initial kernels have their papers' spreads, and biases their values", () => {
  const options = { inputSize: 32, widthScale: 1 / 4, classes: 10 }
  const kernelStd = (initialization: NonNullable<Parameters<typeof vgg>[1]>['initialization']) => {
    const params = vgg('A', { ...options, ...(initialization ? { initialization } : {}) }).init(
      createRandom(1),
    )
    const values = params['conv4_2/kernel']!.dataSync() as Float32Array // 3·3·128·128
    const bias = params['conv4_2/bias']!.dataSync() as Float32Array
    disposeParams(params)
    return {
      std: std(values),
      bias: std(bias),
      most: values.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    }
  }
  const fan = 9 * 128
  expect(kernelStd(undefined).std).toBeCloseTo(0.1, 3)
  expect(kernelStd(undefined).bias).toBe(0)
  expect(kernelStd('normal-0.01').std).toBeCloseTo(0.01, 4)
  expect(kernelStd({ kind: 'normal', std: 0.5 }).std).toBeCloseTo(0.5, 2)
  expect(kernelStd('glorot').std).toBeCloseTo(Math.sqrt(2 / (fan + fan)), 3)
  expect(kernelStd('glorot').most).toBeLessThanOrEqual(Math.sqrt(6 / (fan + fan)))
  expect(kernelStd('he').std).toBeCloseTo(Math.sqrt(2 / fan), 3)
  expect(kernelStd('pytorch').std).toBeCloseTo(1 / Math.sqrt(3 * fan), 3)
  expect(kernelStd('pytorch').most).toBeLessThanOrEqual(1 / Math.sqrt(fan))
  expect(kernelStd('pytorch').bias).toBeGreaterThan(0.2 / Math.sqrt(3 * fan))

  const params = alexnet({ inputSize: 67, widthScale: 1 / 8, biasInit: 0.1 }).init(createRandom(1))
  expect(std(params['conv3/kernel']!.dataSync() as Float32Array)).toBeCloseTo(0.01, 3)
  const first = (name: string) => params[`${name}/bias`]!.dataSync()[0]!
  expect(['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'].map(first)).toEqual(
    [0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, 0].map(Math.fround),
  )
  disposeParams(params)
})

const lossOf = (
  model: Model,
  params: Params,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
): tf.Scalar =>
  tf.tidy(() => {
    const logits = model.apply(params, images, { training: false })
    const hot = tf.oneHot(labels, model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  })

const gradientCases: readonly (readonly [string, Model])[] = [
  [
    'vgg A-LRN',
    vgg('A-LRN', {
      classes: 3,
      inputSize: 32,
      widthScale: 1 / 32,
      hiddenUnits: 8,
      initialization: 'he',
    }),
  ],
  [
    'vgg C with an average pool',
    vgg('C', {
      classes: 3,
      inputSize: 32,
      widthScale: 1 / 32,
      hiddenUnits: 8,
      initialization: 'he',
      adaptivePool: 2,
    }),
  ],
  [
    'alexnet',
    alexnet({
      classes: 3,
      inputSize: 67,
      widthScale: 1 / 16,
      hiddenUnits: 8,
      initialization: 'he',
    }),
  ],
  [
    'alexnet with tanh',
    alexnet({
      classes: 3,
      inputSize: 31,
      firstLayer: { kernelSize: 3, strides: 2 },
      widthScale: 1 / 16,
      hiddenUnits: 8,
      activation: 'tanh',
      initialization: 'glorot',
    }),
  ],
  [
    'cifar-net',
    cifarNet({
      classes: 3,
      inputSize: 12,
      widthScale: 1 / 16,
      initialization: 'he',
      localResponseNorm: true,
    }),
  ],
]

test.each(gradientCases)('%s: gradients are the slopes of the loss', (_, model) => {
  // Biases of 0 would put units whose inputs are all 0 on the ReLU's kink.
  const params = mapParams(model.init(createRandom(3)), (p, name) =>
    name.endsWith('/bias')
      ? tf.tensor(createRandom(name).fillNormal(new Float32Array(p.size), 0, 0.1), p.shape)
      : p,
  )
  const images = someImages(model, 2)
  const labels = tf.tensor1d([0, 2], 'int32')
  const { grads } = valueAndGrads((p) => lossOf(model, p, images, labels), params)
  for (const [name, gradient] of Object.entries(grads)) {
    const slopes = gradient.dataSync<'float32'>()
    const at = slopes.reduce((best, v, i) => (Math.abs(v) > Math.abs(slopes[best]!) ? i : best), 0)
    expect(Math.abs(slopes[at]!), name).toBeGreaterThan(0)
    const values = params[name]!.dataSync().slice()
    const lossAt = (shift: number): number =>
      tf.tidy(() => {
        const moved = Float32Array.from(values)
        moved[at] = values[at]! + shift
        const shifted = { ...params, [name]: tf.tensor(moved, params[name]!.shape) }
        return lossOf(model, shifted, images, labels).dataSync()[0]!
      })
    // A ReLU or a maximum may switch right here, where the slopes to the left and right differ and the gradient is one
    // of them or lies between; one that switches within ±h, but not here, spoils one h and not the other.
    const here = lossAt(0)
    const distances = [2e-3, 5e-4].map((h) => {
      const sides = [(here - lossAt(-h)) / h, (lossAt(h) - here) / h]
      return Math.max(Math.min(...sides) - slopes[at]!, slopes[at]! - Math.max(...sides), 0)
    })
    expect(Math.min(...distances), name).toBeLessThan(0.01 * Math.abs(slopes[at]!) + 5e-4)
  }
})

const overfitted = { initialization: 'he', hiddenUnits: 16, dropout: false, classes: 2 } as const
test.each([
  ['vgg', vgg('A', { ...overfitted, inputSize: 32, widthScale: 1 / 32 }), 0.05, 30],
  [
    'alexnet',
    alexnet({
      ...overfitted,
      inputSize: 31,
      firstLayer: { kernelSize: 3, strides: 2 },
      widthScale: 1 / 16,
      biasInit: 0.1,
    }),
    0.02,
    20,
  ],
  [
    'cifar-net',
    cifarNet({
      classes: 2,
      inputSize: 12,
      widthScale: 1 / 8,
      initialization: 'he',
      localResponseNorm: true,
    }),
    0.05,
    20,
  ],
] as const)('%s overfits one batch with plain gradient steps', (_, model, rate, steps) => {
  let params = model.init(createRandom(5))
  const images = someImages(model, 2)
  const labels = tf.tensor1d([0, 1], 'int32')
  const first = lossOf(model, params, images, labels).dataSync()[0]!
  const before = tf.memory().numTensors
  for (let step = 0; step < steps; step++) {
    const { value, grads } = valueAndGrads((p) => lossOf(model, p, images, labels), params)
    const next = mapParams(params, (p, name) =>
      tf.tidy(() => tf.sub(p, tf.mul(grads[name]!, rate))),
    )
    value.dispose()
    disposeParams(grads)
    disposeParams(params)
    params = next
  }
  expect(tf.memory().numTensors).toBe(before)
  const logits = model.apply(params, images, { training: false })
  expect([...tf.argMax(logits, 1).dataSync()]).toEqual([0, 1])
  expect(first).toBeGreaterThan(0.4)
  expect(lossOf(model, params, images, labels).dataSync()[0]!).toBeLessThan(0.2)
})

test("dropout in AlexNet's form halves the outputs in test", () => {
  const options = {
    classes: 2,
    inputSize: 67,
    widthScale: 1 / 16,
    hiddenUnits: 4,
    initialization: 'he',
  } as const
  const halved = alexnet(options)
  const plain = alexnet({ ...options, dropout: false })
  const params = halved.init(createRandom(1))
  const images = someImages(halved, 1)
  // With fc7's bias 0 and ReLUs, halving fc6's and fc7's outputs quarters the logits.
  const zero = { ...params, 'fc7/bias': tf.zeros([4]) }
  const a = halved.apply(zero, images, { training: false }).dataSync()
  const b = plain.apply(zero, images, { training: false }).dataSync()
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]! / 4, 5))
  expect(Math.abs(b[0]!)).toBeGreaterThan(1e-3)
})

test('a layer of one’s own is used like any other, with or without its shapes', () => {
  // y = x·g, a gain for each channel.
  const gain = (tells: boolean): Layer => ({
    name: 'gain',
    outputShape: (input) => input,
    init: (_random, input) => ({ 'gain/kernel': tf.fill([input.at(-1)!], 3) }),
    ...(tells && { parameterShapes: (input) => ({ kernel: [input.at(-1)!] }) }),
    apply: (params, x) => tf.mul(x, params['gain/kernel']!),
  })
  for (const tells of [true, false]) {
    const before = tf.memory().numTensors
    const model = createModel({
      name: 'mine',
      classes: 1,
      inputSize: 1,
      layers: [
        gain(tells),
        { kind: 'flatten', name: 'flatten' },
        dense({ name: 'fc', units: 1, kernelInitializer: { kind: 'constant', value: 1 } }),
      ],
    })
    expect(model.parameterCount).toBe(3 + 3 + 1)
    expect(model.summary().rows.map(({ kind }) => kind)).toEqual(['custom', 'flatten', 'dense'])
    expect(receptiveField(model)[0]).toMatchObject({ layer: 'gain', size: 1 })
    expect(model.spec).toBeUndefined()
    const params = model.init(createRandom(1))
    const x = tf.tensor4d([1, 2, 3], [1, 1, 1, 3])
    const logits = model.apply(params, x, { training: false })
    expect([...logits.dataSync()]).toEqual([18])
    const dense2 = toFullyConvolutional(model, params)
    const map = dense2.apply(tf.tidy(() => tf.tile(x, [1, 1, 2, 1])))
    expect([...map.dataSync()]).toEqual([18, 18])
    const taken = transferFrom(model, params, model, createRandom(2), { layers: 'all' })
    expect(Object.keys(taken)).toEqual(Object.keys(params))
    for (const tree of [params, taken]) disposeParams(tree)
    for (const tensor of [x, logits, map]) tensor.dispose()
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 1)
  }
})

test.each<ModelSpec>([
  { kind: 'vgg', variant: 'A-LRN', classes: 10, inputSize: 32, widthScale: 1 / 16, dropout: false },
  { kind: 'alexnet', variant: 'one-gpu', classes: 10, inputSize: 67, widthScale: 1 / 16 },
  { kind: 'cifarNet', variant: '18pct', initialization: { kind: 'normal', std: 0.01 } },
  {
    kind: 'layers',
    name: 'linear',
    classes: 2,
    inputSize: [2, 3],
    layers: [
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc', units: 2 },
    ],
  },
])('$kind: the model that its own spec makes is the same', (spec) => {
  const model = modelFromSpec(spec)
  expect(model.spec).toMatchObject(spec)
  const again = modelFromSpec(JSON.parse(JSON.stringify(model.spec)) as ModelSpec)
  expect(again.specs).toEqual(model.specs)
  expect(again.name).toBe(model.name)
  // The layers without the model make it too.
  const { name, classes, inputShape, specs } = model
  const layers = createModel({
    name,
    classes,
    inputSize: [inputShape[0], inputShape[1]],
    layers: specs,
  })
  expect(layers.specs).toEqual(specs)
  expect(layers.parameterCount).toBe(model.parameterCount)
})

test('an unknown model, or an option that it does not have, is named', () => {
  expect(() => modelFromSpec({ kind: 'vggg' } as never)).toThrow('did you mean "vgg"')
  expect(() => modelFromSpec({ kind: 'vgg', variant: 'F' } as never)).toThrow('VGG configuration')
  expect(() => modelFromSpec({ kind: 'alexnet', pools: [1] } as never)).toThrow('"pools"')
})
