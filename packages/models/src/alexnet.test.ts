import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { alexnet } from './alexnet.js'
import type { Model } from './model.js'

const rowsOf = (model: Model) =>
  Object.fromEntries(model.summary().rows.map((row) => [row.layer, row]))
const namesOf = (model: Model) => model.specs.map((spec) => spec.name)

test("the paper's net, layer by layer", () => {
  const before = tf.memory().numTensors
  const model = alexnet()
  const rows = rowsOf(model)
  const counts = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'].map(
    (layer) => rows[layer]!.parameters,
  )
  expect(counts).toEqual([
    34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000,
  ])
  expect(model.parameterCount).toBe(60_965_224)
  expect(model.name).toBe('alexnet-two-tower')
  expect(tf.memory().numTensors).toBe(before)
})

test('the other variants have the parameters that they should', () => {
  expect(alexnet({ variant: 'ungrouped' }).parameterCount).toBe(62_378_344)
  expect(alexnet({ variant: 'class-notes' }).parameterCount).toBe(62_378_344)
  // torchvision.models.alexnet(): sum(p.numel() for p in parameters())
  expect(alexnet({ variant: 'torchvision' }).parameterCount).toBe(61_100_840)
  // 48·363+48, 128·1200+128, 192·1152+192, 192·1728+192, 256·1728+256 and the FC layers
  expect(alexnet({ variant: 'one-gpu' }).parameterCount).toBe(
    17_472 + 153_728 + 221_376 + 331_968 + 442_624 + 37_752_832 + 16_781_312 + 4_097_000,
  )
})

test.each([227, 224])('at %i pixels the maps are 55, 27, 13, 13, 13 and 6 wide', (inputSize) => {
  const rows = rowsOf(alexnet({ inputSize }))
  expect(rows['conv1']!.outputShape).toEqual([55, 55, 96])
  expect(rows['pool1']!.outputShape).toEqual([27, 27, 96])
  expect(rows['conv2']!.outputShape).toEqual([27, 27, 256])
  expect(rows['pool2']!.outputShape).toEqual([13, 13, 256])
  expect(rows['conv5']!.outputShape).toEqual([13, 13, 256])
  expect(rows['pool5']!.outputShape).toEqual([6, 6, 256])
})

test("the class notes' net: fc6 takes 9,216 inputs at 227 pixels and 1,024 at 128", () => {
  const inputs = (inputSize: number) =>
    rowsOf(alexnet({ variant: 'class-notes', classes: 10, inputSize }))['flatten']!.outputShape
  expect(inputs(227)).toEqual([9216])
  expect(inputs(128)).toEqual([1024])
  const model = alexnet({ variant: 'class-notes', classes: 10, inputSize: 128 })
  expect(namesOf(model)).toEqual([
    ...['conv1', 'relu1', 'norm1', 'pool1', 'conv2', 'relu2', 'norm2', 'pool2'],
    ...['conv3', 'relu3', 'conv4', 'relu4', 'conv5', 'relu5', 'pool5', 'flatten'],
    ...['drop6', 'fc6', 'relu6', 'drop7', 'fc7', 'relu7', 'fc8'],
  ])
  expect(model.specs.find((spec) => spec.name === 'norm1')).toEqual({
    kind: 'localResponseNorm',
    name: 'norm1',
    size: 5,
    alpha: 1e-4,
    beta: 0.75,
    k: 2,
    convention: 'pytorch',
  })
  expect(model.specs.find((spec) => spec.name === 'drop6')).toMatchObject({
    rate: 0.5,
    form: 'inverted',
  })
})

test("biases of 1 where the paper has them, and biasInit's value in their place", () => {
  const biases = (model: Model) =>
    model.specs.flatMap((spec) =>
      'biasInitializer' in spec && spec.biasInitializer
        ? [
            spec.biasInitializer.kind === 'constant'
              ? spec.biasInitializer.value
              : spec.biasInitializer.kind,
          ]
        : [],
    )
  expect(biases(alexnet())).toEqual([0, 1, 0, 1, 1, 1, 1, 0])
  expect(biases(alexnet({ biasInit: 0.1 }))).toEqual([0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, 0])
  expect(biases(alexnet({ initialization: 'pytorch' }))).toEqual(Array(8).fill('pytorchUniform'))
})

test('pooling without overlap keeps the sizes of the maps (s = z = 2)', () => {
  const rows = rowsOf(alexnet({ overlappingPooling: false }))
  expect(rows['pool1']!.outputShape).toEqual([27, 27, 96])
  expect(rows['pool2']!.outputShape).toEqual([13, 13, 256])
  expect(rows['pool5']!.outputShape).toEqual([6, 6, 256])
})

test('what the ablations turn off is gone, and nothing else', () => {
  const paper = namesOf(alexnet())
  const without = (names: readonly string[]) => paper.filter((name) => !names.includes(name))
  expect(namesOf(alexnet({ localResponseNorm: false }))).toEqual(without(['norm1', 'norm2']))
  expect(namesOf(alexnet({ dropout: false }))).toEqual(without(['drop6', 'drop7']))
  expect(namesOf(alexnet({ omitLayers: ['conv3'] }))).toEqual(without(['conv3', 'relu3']))
  expect(namesOf(alexnet({ omitLayers: ['conv2'] }))).toEqual(without(['conv2', 'relu2', 'norm2']))
  expect(namesOf(alexnet({ activation: 'tanh' }))).toEqual(
    paper.map((name) => name.replace('relu', 'tanh')),
  )
  // conv4's groups are fed from conv2's 256 maps, 128 each, when conv3 is left out
  const rows = rowsOf(alexnet({ omitLayers: ['conv3'] }))
  expect(rows['conv4']!.parameters).toBe(9 * 128 * 384 + 384)
})

test('another first layer makes a net for small images, whose groups stay whole at any width', () => {
  const model = alexnet({
    inputSize: 32,
    classes: 10,
    widthScale: 0.07,
    firstLayer: { kernelSize: 5, strides: 1, padding: 2 },
  })
  const rows = rowsOf(model)
  expect(rows['conv1']!.outputShape).toEqual([32, 32, 6]) // 6.72 to the nearest even number
  expect(rows['conv2']!.outputShape).toEqual([15, 15, 18]) // 17.92
  expect(rows['conv4']!.outputShape).toEqual([7, 7, 26]) // 26.88
  expect(rows['pool5']!.outputShape).toEqual([3, 3, 18])
})

test('norm constants can be given', () => {
  const model = alexnet({ localResponseNorm: { k: 1, convention: 'pytorch' } })
  expect(model.specs.find((spec) => spec.name === 'norm2')).toMatchObject({
    size: 5,
    k: 1,
    convention: 'pytorch',
  })
})

test('an image too small is refused with its size and the least', () => {
  expect(() => alexnet({ inputSize: 66 })).toThrow(
    'alexnet-two-tower takes images of at least 67×67 pixels, found 66×66',
  )
  expect(alexnet({ inputSize: 67 }).inputShape).toEqual([67, 67, 3])
})

test('misspelt options and names are refused', () => {
  expect(() => alexnet({ variant: 'two-towers' as 'two-tower' })).toThrow(
    'did you mean "two-tower"',
  )
  expect(() => alexnet({ activation: 'relu6' as 'relu' })).toThrow('unknown activation "relu6"')
  expect(() => alexnet({ omitLayers: ['conv1' as 'conv2'] })).toThrow('unknown layer to leave out')
  expect(() => alexnet({ drop: 0.1 } as object)).toThrow('alexnet has no option "drop"')
  expect(() => alexnet({ biasInit: NaN })).toThrow('biasInit is a finite number')
})
