import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { apart, checkGradients } from './check-gradients.test-suite.js'
import { flatten, relu, softmax, tanh } from './index.js'

const ctx = { training: false }

describe('by hand', () => {
  test('relu', () => {
    const y = relu().apply({}, tf.tensor2d([[-2, 0, 3]]), ctx)
    expect(y.arraySync()).toEqual([[0, 0, 3]])
  })
  test('tanh: tanh(ln 2 / 2) = 1/3, tanh(ln 3) = 4/5', () => {
    const y = tanh().apply({}, tf.tensor2d([[0, Math.log(2) / 2, -Math.log(3)]]), ctx)
    const [zero, third, fifths] = y.dataSync()
    expect(zero).toBe(0)
    expect(third).toBeCloseTo(1 / 3, 6)
    expect(fifths).toBeCloseTo(-4 / 5, 6)
  })
  test('softmax over the last axis; unmoved by a constant, so that large logits do not overflow', () => {
    const logits = [0, Math.log(3), Math.log(4)]
    const y = softmax().apply({}, tf.tensor2d([logits, logits.map((v) => v + 1000)]), ctx)
    const [small, large] = y.arraySync() as number[][]
    for (const [i, expected] of [1 / 8, 3 / 8, 4 / 8].entries()) {
      expect(small![i]).toBeCloseTo(expected, 6)
      expect(large![i]).toBeCloseTo(expected, 4)
    }
  })
  test('softmax on an image is over its channels', () => {
    const y = softmax().apply({}, tf.zeros([2, 3, 3, 4]), ctx)
    expect(y.dataSync().every((v) => v === 0.25)).toBe(true)
  })
  test('flatten keeps the order of rows, columns, channels', () => {
    const x = tf.reshape(tf.range(0, 16), [2, 2, 2, 2])
    expect(flatten().apply({}, x, ctx).arraySync()).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13, 14, 15],
    ])
    expect(flatten().outputShape([6, 6, 256])).toEqual([9216])
    expect(flatten().apply({}, tf.zeros([0, 2, 3]), ctx).shape).toEqual([0, 6])
  })
})

test.each([
  ['relu', relu(), apart(0.1)],
  ['tanh', tanh(), undefined],
  ['softmax', softmax(), undefined],
  ['flatten', flatten(), undefined],
] as const)('%s against central differences', (_name, layer, values) => {
  checkGradients({ layer, input: [3, 4], ...(values ? { values } : {}) })
})
