import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { adaptiveAvgPool } from './adaptive-avg-pool.js'

const pool = (values: readonly number[], shape: [number, number], size: number) => {
  const before = tf.memory().numTensors
  const x = tf.tensor4d([...values], [1, ...shape, 1])
  const y = adaptiveAvgPool({ name: 'pool', size }).apply({}, x, { training: false })
  expect(tf.memory().numTensors).toBe(before + 2)
  return [...y.dataSync()]
}

test('shares of a map, by hand', () => {
  const map = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  expect(pool(map, [3, 3], 1)[0]).toBeCloseTo(5)
  // 3 into 2: shares 0…1 and 1…2 overlap
  expect(pool(map, [3, 3], 2)).toEqual([3, 4, 6, 7])
  expect(pool(map, [3, 3], 3)).toEqual(map)
  // 1 into 2: the value is repeated
  expect(pool([1, 2], [1, 2], 2)).toEqual([1, 2, 1, 2])
})
