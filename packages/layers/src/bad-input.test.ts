import { createRandom, disposeParams } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { expect, test } from 'vitest'
import { avgPool, conv2d, dense, dropout, flatten, maxPool, relu, sequential } from './index.js'
import type { Layer } from './index.js'

const ctx = { training: false }

test.each<[() => Layer, string]>([
  // tfjs's own name of the option, and the one that pools have.
  [
    () => conv2d({ name: 'c', filters: 1, kernelSize: 1, stride: 2 } as never),
    'conv2d has no option "stride"; did you mean strides?',
  ],
  [() => maxPool({ size: 2, strides: 2 } as never), 'maxPool has no option "strides"'],
  [() => avgPool({ size: 2, includePadding: true } as never), 'avgPool has no option'],
  [() => dense({ name: 'd', unit: 1 } as never), 'did you mean units?'],
  [() => dropout({ p: 0.5 } as never), 'dropout has no option "p"'],
  [() => conv2d(undefined as never), 'conv2d takes its options as an object, found undefined'],
  [() => sequential(relu() as never), 'sequential takes a list of layers, found object'],
  [() => sequential([relu(), undefined] as never), 'found undefined in it'],
])('bad options are refused: %#', (make, message) => {
  expect(make).toThrow(message)
})

const fc = dense({ name: 'fc', units: 2 })

test.each<[() => unknown, string]>([
  [() => fc.init(1 as never, [3]), 'layer "fc": init draws from a stream of random numbers'],
  [
    () => sequential([fc]).init(undefined as never, [3]),
    'such as createRandom(1), found undefined',
  ],
  [
    () =>
      dense({ name: 'fc', units: 2, kernelInitializer: 'he' as never }).init(createRandom(1), [3]),
    'the initializer of kernel must be a function, such as heNormal() gives, found "he"',
  ],
  [
    () => flatten().apply({}, tf.zeros([1, 2, 2, 3], 'int32'), ctx),
    `layer "flatten": expected a tensor of float32, found int32; tf.cast(x, 'float32') makes one`,
  ],
  [() => relu().apply({}, new Float32Array(3) as never, ctx), 'expected a tensor of float32'],
  [
    () => dropout({ rate: 0.5 }).apply({}, tf.zeros([1, 2]), undefined as never),
    'layer "dropout": apply takes { training: false } or { training: true, random }',
  ],
])('what is no stream, tensor or context is named: %#', (call, message) => {
  expect(call).toThrow(message)
})

test('a layer that refuses its input leaves no tensor behind', () => {
  const params = fc.init(createRandom(1), [3])
  const x = tf.zeros([1, 3], 'int32')
  const before = tf.memory().numTensors
  expect(() => fc.apply(params, x, ctx)).toThrow('found int32')
  expect(tf.memory().numTensors).toBe(before)
  disposeParams(params)
  x.dispose()
})
