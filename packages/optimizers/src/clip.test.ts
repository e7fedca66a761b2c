import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { clipByGlobalNorm, clipByValue, withClipping } from './clip.js'
import { sgd } from './sgd.js'

const grads = () => ({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[0], [-4]]) })

test('a tree of norm 5 clipped to 2.5 is halved, worked by hand', () => {
  const { grads: clipped, norm } = clipByGlobalNorm(grads(), 2.5)
  expect(norm.dataSync()[0]).toBe(5)
  expect(clipped['a']!.dataSync()[0]).toBeCloseTo(1.5, 6)
  expect(clipped['b']!.dataSync()[1]).toBeCloseTo(-2, 6)
})

test('a tree below the norm stays as it is, a tree of zeros too', () => {
  expect([...clipByGlobalNorm(grads(), 6).grads['b']!.dataSync()]).toEqual([0, -4])
  const zeros = clipByGlobalNorm({ a: tf.zeros([2]) }, 1)
  expect([...zeros.grads['a']!.dataSync()]).toEqual([0, 0])
})

test('by value', () => {
  const clipped = clipByValue(grads(), 3.5)
  expect([...clipped['a']!.dataSync(), ...clipped['b']!.dataSync()]).toEqual([3, 0, 0, -3.5])
})

test('the wrapper says so in its spec', () => {
  expect(withClipping(sgd(), { globalNorm: 1 }).spec).toMatchObject({
    kind: 'withClipping',
    globalNorm: 1,
    optimizer: { kind: 'sgd' },
  })
})

test('bad limits are refused', () => {
  expect(() => clipByGlobalNorm(grads(), 0)).toThrow('maxNorm is a finite number over 0, found 0')
  expect(() => clipByGlobalNorm({}, 1)).toThrow('the tree of gradients is empty')
  expect(() => clipByValue(grads(), Number.NaN)).toThrow(
    'limit is a finite number over 0, found NaN',
  )
  expect(() => withClipping(sgd(), { value: -1 })).toThrow(
    'value is a finite number over 0, found -1',
  )
})
