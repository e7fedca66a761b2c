import { createRandom, type Params } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { toFullyConvolutional } from './fully-convolutional.js'
import type { Model } from './model.js'
import { readKeras, readPyTorch, writePyTorch } from './node/index.js'
import { pytorchNames } from './pytorch-names.js'
import { fromPyTorch, toPyTorch } from './pytorch.js'
import { receptiveField } from './receptive-field.js'
import { transferFrom } from './transfer.js'
import { vgg } from './vgg.js'

beforeAll(() => tf.setBackend('cpu'))

/** A net's parameters where a model is expected, and the model where they are. */
const swapped = () => {
  const model = vgg('A', { widthScale: 1 / 64, hiddenUnits: 2, inputSize: 32, classes: 2 })
  const params = model.init(createRandom(1))
  return {
    model,
    params,
    asModel: params as unknown as Model,
    asParams: model as unknown as Params,
  }
}
const found = /found an object with conv1_1\/kernel, conv1_1\/bias, …$/

test('arguments in the wrong order are named', async () => {
  const { model, params, asModel, asParams } = swapped()
  const random = createRandom(1)
  expect(() => toPyTorch(asModel, asParams)).toThrow(
    /^expected a model as the first argument of toPyTorch, found an object with conv1_1/,
  )
  expect(() => fromPyTorch(asModel, asParams)).toThrow(found)
  expect(() => pytorchNames(asModel)).toThrow(found)
  expect(() => receptiveField(asModel)).toThrow(found)
  expect(() => toFullyConvolutional(asModel, asParams)).toThrow(found)
  expect(() => transferFrom(asModel, asParams, model, random)).toThrow(found)
  expect(() => transferFrom(model, params, asModel, random)).toThrow('the third argument of')
  await expect(readPyTorch('none', asModel)).rejects.toThrow(found)
  await expect(writePyTorch('none', asModel, asParams)).rejects.toThrow(found)
  await expect(readKeras('none', asModel)).rejects.toThrow(found)
  expect(() => toPyTorch(undefined as unknown as Model, params)).toThrow('found undefined')
  expect(() => toPyTorch({} as Model, params)).toThrow('found an object with nothing in it')
})
