import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeEach, expect, test } from 'vitest'
import type { Params } from './params.js'
import { assertSameTree, cloneParams, countParams, disposeParams, mapParams } from './params.js'

let params: Params
beforeEach(() => {
  params = { 'b/kernel': tf.tensor2d([[1, 2, 3]]), 'a/bias': tf.tensor1d([4, 5]) }
  return () => disposeParams(params)
})

const values = (tree: Params) =>
  Object.entries(tree).map(([name, value]) => [name, [...value.dataSync()]])

test('mapParams gives each tensor and its name, and keeps the order', () => {
  const names: string[] = []
  const doubled = mapParams(params, (value, name) => {
    names.push(name)
    return tf.mul(value, 2)
  })
  expect(names).toEqual(['b/kernel', 'a/bias'])
  expect(values(doubled)).toEqual([
    ['b/kernel', [2, 4, 6]],
    ['a/bias', [8, 10]],
  ])
  expect(values(params)[0]).toEqual(['b/kernel', [1, 2, 3]])
  disposeParams(doubled)
})

test('countParams counts values, not tensors', () => {
  expect(countParams(params)).toBe(5)
  expect(countParams({})).toBe(0)
  expect(countParams({ s: tf.scalar(1) })).toBe(1)
})

test('a copy lives on when the original is disposed of; disposing twice does no harm', () => {
  const before = tf.memory().numTensors
  const copy = cloneParams(params)
  expect(tf.memory().numTensors).toBe(before + 2)
  disposeParams(params)
  disposeParams(params)
  expect(values(copy)[1]).toEqual(['a/bias', [4, 5]])
  disposeParams(copy)
  expect(tf.memory().numTensors).toBe(before - 2)
})

test('assertSameTree accepts the same names and shapes, in any order', () => {
  const other = { 'a/bias': tf.zeros([2]), 'b/kernel': tf.zeros([1, 3]) }
  expect(() => assertSameTree(params, other)).not.toThrow()
})

test.each<[string, () => Params, string]>([
  ['a missing entry', () => ({ 'a/bias': tf.zeros([2]) }), 'gradients has no entry "b/kernel"'],
  [
    'another shape',
    () => ({ 'b/kernel': tf.zeros([3, 1]), 'a/bias': tf.zeros([2]) }),
    'gradients entry "b/kernel" has shape [3,1], expected [1,3]',
  ],
  [
    'one entry too many',
    () => ({ ...params, 'c/bias': tf.zeros([1]) }),
    'gradients has an unexpected entry "c/bias"',
  ],
])('assertSameTree refuses %s', (_what, other, message) => {
  expect(() => assertSameTree(params, other(), 'gradients')).toThrow(
    expect.objectContaining({ name: 'RetableError', code: 'mismatch', message }),
  )
})
