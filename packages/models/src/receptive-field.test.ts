import { expect, test } from 'vitest'
import { alexnet } from './alexnet.js'
import { cifarNet } from './cifar-net.js'
import { createModel } from './model.js'
import { receptiveField } from './receptive-field.js'
import { vgg } from './vgg.js'

const fieldOf = (model: Parameters<typeof receptiveField>[0], layer: string) => {
  const { size, stride, start } = receptiveField(model).find((row) => row.layer === layer)!
  return { size, stride, start }
}

test('two stacked 3×3 layers see 5 pixels, three see 7 (VGG §2.3)', () => {
  const init = {
    kernelInitializer: { kind: 'heNormal' },
    biasInitializer: { kind: 'zeros' },
  } as const
  const conv = {
    kind: 'conv2d',
    filters: 1,
    kernelSize: 3,
    strides: 1,
    padding: 1,
    groups: 1,
  } as const
  const model = createModel({
    name: 'stack',
    classes: 1,
    inputSize: [8, 8],
    layers: [
      { ...conv, ...init, name: 'one' },
      { ...conv, ...init, name: 'two' },
      { ...conv, ...init, name: 'three' },
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc', units: 1, ...init },
    ],
  })
  expect(fieldOf(model, 'one')).toEqual({ size: 3, stride: 1, start: -1 })
  expect(fieldOf(model, 'two')).toEqual({ size: 5, stride: 1, start: -2 })
  expect(fieldOf(model, 'three')).toEqual({ size: 7, stride: 1, start: -3 })
  // the FC layer sees all eight units: 7 + 7 pixels from −3, that is −3 … 10
  expect(fieldOf(model, 'fc')).toEqual({ size: 14, stride: 1, start: -3 })
})

test("VGG-16's layers", () => {
  const model = vgg('D')
  expect(fieldOf(model, 'conv1_2')).toEqual({ size: 5, stride: 1, start: -2 })
  expect(fieldOf(model, 'pool1')).toEqual({ size: 6, stride: 2, start: -2 })
  expect(fieldOf(model, 'conv3_3')).toEqual({ size: 40, stride: 4, start: -18 })
  expect(fieldOf(model, 'pool5')).toEqual({ size: 212, stride: 32, start: -90 })
  expect(fieldOf(model, 'fc8')).toEqual({ size: 212 + 6 * 32, stride: 32, start: -90 })
})

test("AlexNet's layers: 11, 19, 51, 67, 99, 131, 163 and 195 pixels", () => {
  const model = alexnet()
  expect(fieldOf(model, 'conv1')).toEqual({ size: 11, stride: 4, start: 0 })
  expect(fieldOf(model, 'pool1')).toEqual({ size: 19, stride: 8, start: 0 })
  expect(fieldOf(model, 'conv2')).toEqual({ size: 51, stride: 8, start: -16 })
  expect(fieldOf(model, 'pool2')).toEqual({ size: 67, stride: 16, start: -16 })
  expect(fieldOf(model, 'conv3')).toEqual({ size: 99, stride: 16, start: -32 })
  expect(fieldOf(model, 'conv4')).toEqual({ size: 131, stride: 16, start: -48 })
  expect(fieldOf(model, 'conv5')).toEqual({ size: 163, stride: 16, start: -64 })
  expect(fieldOf(model, 'pool5')).toEqual({ size: 195, stride: 32, start: -64 })
  // padding 2 at 224 pixels shifts everything by two pixels
  expect(fieldOf(alexnet({ inputSize: 224 }), 'conv1').start).toBe(-2)
})

test('pools that pad below and right start where those that do not start', () => {
  const model = cifarNet()
  expect(fieldOf(model, 'conv1')).toEqual({ size: 5, stride: 1, start: -2 })
  expect(fieldOf(model, 'pool1')).toEqual({ size: 7, stride: 2, start: -2 })
  expect(fieldOf(model, 'local4')).toEqual({ size: 35, stride: 4, start: -14 })
})
