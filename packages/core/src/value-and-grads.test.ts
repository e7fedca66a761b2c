import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { expect, expectTypeOf, test } from 'vitest'
import { valueAndGrads } from './value-and-grads.js'

test('the value and gradients of a hand-worked function: f = Σ (w·x)², x = (1, 2), w = (3, 4)', () => {
  const params = { w: tf.tensor1d([3, 4]) }
  const x = tf.tensor1d([1, 2])
  const before = tf.memory().numTensors
  const { value, grads } = valueAndGrads((p) => tf.sum(tf.square(tf.mul(p['w'], x))), params)
  expect(value.dataSync()[0]).toBe(73) // 3² + 8²
  expect([...grads['w'].dataSync()]).toEqual([6, 32]) // 2·w·x²
  expect(tf.memory().numTensors).toBe(before + 2)
})

test('gradients come by name, in the order of the tree: f = a·b + b², a = 2, b = 3', () => {
  const params = { b: tf.scalar(3), a: tf.scalar(2) }
  const { value, grads } = valueAndGrads(
    ({ a, b }) => tf.add<tf.Scalar>(tf.mul(a, b), tf.square(b)),
    params,
  )
  expect(value.dataSync()[0]).toBe(15)
  expect(Object.keys(grads)).toEqual(['b', 'a'])
  expect(grads['b'].dataSync()[0]).toBe(8) // a + 2·b
  expect(grads['a'].dataSync()[0]).toBe(3) // b
})

test('the function runs once, and the parameters are left as they were', () => {
  const params = { w: tf.tensor1d([1, 2]) }
  let calls = 0
  valueAndGrads((p) => {
    calls++
    return tf.sum(p['w'])
  }, params)
  expect(calls).toBe(1)
  expect([...params.w.dataSync()]).toEqual([1, 2])
})

test('a parameter that the function does not use is named, and no tensors are left behind', () => {
  const params = { w: tf.scalar(1), 'fc/unused': tf.scalar(1) }
  const before = tf.memory().numTensors
  expect(() => valueAndGrads(({ w }) => tf.square(w), params)).toThrow(
    'no gradient for "fc/unused"',
  )
  expect(() => valueAndGrads(() => tf.scalar(1), params)).toThrow(
    'no gradient for "w", "fc/unused"',
  )
  expect(tf.memory().numTensors).toBe(before)
})

test('a value that is no scalar is refused', () => {
  const params = { w: tf.tensor1d([1, 2]) }
  expect(() => valueAndGrads(({ w }) => tf.square(w) as tf.Tensor as tf.Scalar, params)).toThrow(
    'whose value is a scalar, got a value of shape [2]',
  )
})

test('an empty tree has no gradients', () => {
  const { value, grads } = valueAndGrads(() => tf.scalar(3), {})
  expect(value.dataSync()[0]).toBe(3)
  expect(grads).toEqual({})
})

test('a function that throws half-way leaves no tensors', () => {
  const params = { w: tf.tensor1d([3, 4]) }
  const before = tf.memory().numTensors
  expect(() =>
    valueAndGrads((p) => {
      tf.exp(tf.square(p['w']))
      throw new Error('half-way')
    }, params),
  ).toThrow('half-way')
  expect(tf.memory().numTensors).toBe(before)
  const { value, grads } = valueAndGrads((p) => tf.sum(tf.square(p['w'])), params)
  expect([...grads['w'].dataSync(), ...value.dataSync()]).toEqual([6, 8, 25])
})

test('a parameter that was disposed of is named', () => {
  const params = { a: tf.scalar(1), b: tf.scalar(2) }
  params.b.dispose()
  expect(() => valueAndGrads((p) => tf.add(p['a'], p['b']), params)).toThrow(
    'expected tensors that are not disposed of, got "b" disposed of',
  )
  params.a.dispose()
})

test('the gradients have the names and types of the parameters', () => {
  const params = { kernel: tf.tensor2d([[1, 2]]), bias: tf.tensor1d([3]) }
  const { grads } = valueAndGrads((p) => tf.add(tf.sum(p.kernel), tf.sum(p.bias)), params)
  expectTypeOf(grads).toEqualTypeOf<{ kernel: tf.Tensor2D; bias: tf.Tensor1D }>()
  expect(grads.kernel.arraySync()).toEqual([[1, 1]])
  expect(grads.bias.arraySync()).toEqual([1])
})
