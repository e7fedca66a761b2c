import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import type { Model } from './model.js'
import type { VggOptions } from './vgg-options.js'
import { vgg } from './vgg.js'

const parametersOf = (model: Model): Record<string, number> =>
  Object.fromEntries(
    model
      .summary()
      .rows.filter((row) => row.parameters > 0)
      .map((row) => [row.layer, row.parameters]),
  )

test.each([
  ['A', 132_863_336],
  ['A-LRN', 132_863_336],
  ['B', 133_047_848],
  ['C', 133_638_952],
  ['D', 138_357_544],
  ['E', 143_667_240],
] as const)('VGG %s has %i parameters, counted without a tensor', (variant, parameters) => {
  const before = tf.memory().numTensors
  const model = vgg(variant)
  expect(model.parameterCount).toBe(parameters)
  expect(model.summary().totals.parameters).toBe(parameters)
  expect(tf.memory().numTensors).toBe(before)
})

test("A's layers, by hand: k²·in·out + out", () => {
  expect(parametersOf(vgg('A'))).toEqual({
    conv1_1: 3 * 3 * 3 * 64 + 64,
    conv2_1: 3 * 3 * 64 * 128 + 128,
    conv3_1: 3 * 3 * 128 * 256 + 256,
    conv3_2: 3 * 3 * 256 * 256 + 256,
    conv4_1: 3 * 3 * 256 * 512 + 512,
    conv4_2: 3 * 3 * 512 * 512 + 512,
    conv5_1: 3 * 3 * 512 * 512 + 512,
    conv5_2: 3 * 3 * 512 * 512 + 512,
    fc6: 7 * 7 * 512 * 4096 + 4096,
    fc7: 4096 * 4096 + 4096,
    fc8: 4096 * 1000 + 1000,
  })
})

test('the nets have the depths of Table 1, and C its 1×1 layers', () => {
  const weighted = (variant: Parameters<typeof vgg>[0]) => Object.keys(parametersOf(vgg(variant)))
  expect(weighted('A')).toHaveLength(11)
  expect(weighted('A-LRN')).toHaveLength(11)
  expect(weighted('B')).toHaveLength(13)
  expect(weighted('C')).toHaveLength(16)
  expect(weighted('D')).toHaveLength(16)
  expect(weighted('E')).toHaveLength(19)
  expect(weighted('B-5x5')).toHaveLength(8)
  const c = parametersOf(vgg('C'))
  expect(c['conv3_3']).toBe(256 * 256 + 256)
  expect(c['conv4_3']).toBe(512 * 512 + 512)
  expect(c['conv5_3']).toBe(512 * 512 + 512)
})

test('A-LRN normalizes once, after the first ReLU, with the constants of AlexNet', () => {
  const { specs } = vgg('A-LRN')
  expect(specs.slice(0, 4).map((spec) => spec.name)).toEqual([
    'conv1_1',
    'relu1_1',
    'norm1_1',
    'pool1',
  ])
  expect(specs.filter((spec) => spec.kind === 'localResponseNorm')).toEqual([
    {
      kind: 'localResponseNorm',
      name: 'norm1_1',
      size: 5,
      alpha: 1e-4,
      beta: 0.75,
      k: 2,
      convention: 'paper',
    },
  ])
})

test('a pair of 3×3 layers has 18C² weights where B-5x5 has 25C²', () => {
  const pair = parametersOf(vgg('B'))
  const single = parametersOf(vgg('B-5x5'))
  const c = 512
  // conv5: both layers go from 512 to 512 maps
  expect(pair['conv5_1']! + pair['conv5_2']! - 2 * c).toBe(18 * c * c)
  expect(single['conv5_1']! - c).toBe(25 * c * c)
})

test('multiply-adds of the first and last layers of D, by hand, and the usual 15.5 billion in all', () => {
  const { rows, totals } = vgg('D').summary()
  expect(rows[0]).toMatchObject({ layer: 'conv1_1', multiplyAdds: 224 * 224 * 64 * 27 })
  expect(rows.at(-1)).toMatchObject({ layer: 'fc8', multiplyAdds: 4096 * 1000 })
  expect(totals.multiplyAdds).toBe(15_470_264_320)
})

test.each([
  [224, 7],
  [128, 4],
  [56, 1],
  [32, 1],
  [100, 3],
])('images of %i pixels end in a map of %i', (inputSize, side) => {
  const { rows } = vgg('D', { inputSize, classes: 10 }).summary()
  expect(rows.find((row) => row.layer === 'pool5')!.outputShape).toEqual([side, side, 512])
  expect(rows.find((row) => row.layer === 'fc6')!.parameters).toBe(side * side * 512 * 4096 + 4096)
})

test('an image too small for five pools is refused with its size and the least', () => {
  expect(() => vgg('A', { inputSize: 31 })).toThrow(
    'vgg-A takes images of at least 32×32 pixels, found 31×31',
  )
  expect(() => vgg('A', { inputSize: [64, 16] })).toThrow('at least 32×32 pixels, found 64×16')
})

test('stages that are not among pools keep their map', () => {
  const model = vgg('D', { inputSize: 32, pools: [1, 2, 5], classes: 10 })
  const side = (layer: string) =>
    model.summary().rows.find((row) => row.layer === layer)!.outputShape[0]
  expect(['relu1_2', 'relu2_2', 'relu3_3', 'relu4_3', 'relu5_3', 'pool5'].map(side)).toEqual([
    32, 16, 8, 8, 8, 4,
  ])
  expect(vgg('A', { pools: [1, 2, 3, 4, 5] }).specs).toEqual(vgg('A').specs)
  for (const pools of [[0], [6], [1, 1], [1.5]]) {
    expect(() => vgg('A', { pools })).toThrow(/pools are numbers of stages from 1 to 5, each once/)
  }
})

test("poolPadding 'same' rounds maps of an odd size up, as PyTorch's ceil_mode does", () => {
  const sides = (poolPadding: 'valid' | 'same') => {
    const { rows } = vgg('D', { inputSize: 28, pools: [1, 3, 5], poolPadding }).summary()
    return rows.filter(({ kind }) => kind === 'maxPool').map((row) => row.outputShape[0])
  }
  expect(sides('valid')).toEqual([14, 7, 3])
  expect(sides('same')).toEqual([14, 7, 4])
  expect(vgg('A', { poolPadding: 'valid' }).specs).toEqual(vgg('A').specs)
  // A pool that rounds up has a map left of one pixel.
  expect(vgg('A', { poolPadding: 'same', inputSize: 1 }).layers.at(-1)).toBeDefined()
  expect(() => vgg('A', { poolPadding: 'ceil' as 'same' })).toThrow('unknown pool padding "ceil"')
})

test.each([
  [[1, 2, 3, 4, 5], 32],
  [[1, 2, 5], 8],
  [[1], 2],
  [[], 1],
])('with pools %j the least image is of 2^pools = %i pixels', (pools, least) => {
  const model = vgg('A', { pools, inputSize: least, classes: 10 })
  const flat = model.summary().rows.find((row) => row.layer === 'flatten')!
  expect(flat.outputShape).toEqual([512])
  if (least > 1) {
    expect(() => vgg('A', { pools, inputSize: least - 1 })).toThrow(
      `at least ${least}×${least} pixels, found ${least - 1}×${least - 1}`,
    )
  }
})

test('widthScale scales every width but the classes, rounding half up', () => {
  const model = vgg('B', { widthScale: 0.1, classes: 7, inputSize: 32 })
  const widths = model.specs.flatMap((spec) =>
    spec.kind === 'conv2d' ? [spec.filters] : spec.kind === 'dense' ? [spec.units] : [],
  )
  expect(widths).toEqual([6, 6, 13, 13, 26, 26, 51, 51, 51, 51, 410, 410, 7])
  expect(vgg('A', { widthScale: 0.001, inputSize: 32 }).specs[0]).toMatchObject({ filters: 1 })
})

test('hiddenUnits, dropout and adaptivePool change what they name', () => {
  const model = vgg('A', { hiddenUnits: 100, dropout: false, adaptivePool: 7, inputSize: 64 })
  expect(model.specs.filter((spec) => spec.kind === 'dropout')).toEqual([])
  const rows = Object.fromEntries(model.summary().rows.map((row) => [row.layer, row]))
  expect(rows['avgpool']!.outputShape).toEqual([7, 7, 512])
  expect(rows['fc6']!.parameters).toBe(7 * 7 * 512 * 100 + 100)
})

test.each([
  [{ widthScale: 0 }, 'widthScale is a finite number above 0'],
  [{ widthScale: NaN }, 'widthScale is a finite number above 0'],
  [{ classes: 0 }, 'classes is an integer of at least 1, found 0'],
  [{ inputSize: 32.5 }, 'inputSize is an integer of at least 1, found 32.5'],
  [{ dropout: 1 }, 'dropout is false or a probability from 0 to below 1, found 1'],
  [{ initialization: { kind: 'normal', std: -1 } as const }, 'std'],
  [{ widthscale: 0.5 }, 'vgg has no option "widthscale"'],
])('%o is refused', (options, message) => {
  expect(() => vgg('A', options as VggOptions)).toThrow(message)
})

test('an unknown configuration or initialization is refused with the nearest names', () => {
  expect(() => vgg('A_LRN' as 'A-LRN')).toThrow(
    'unknown VGG configuration "A_LRN"; did you mean "A-LRN"',
  )
  expect(() => vgg('toString' as 'A')).toThrow('unknown VGG configuration')
  expect(() => vgg('A', { initialization: 'xavier' as 'he' })).toThrow('unknown initialization')
})
