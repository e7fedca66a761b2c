import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { apart, checkGradients } from './check-gradients.test-suite.js'
import type { AvgPoolOptions, PoolOptions } from './index.js'
import { avgPool, maxPool } from './index.js'

const ctx = { training: false }
const image = (rows: readonly (readonly number[])[]) =>
  tf.tensor4d([rows.map((row) => row.map((value) => [value]))])
const plane = (y: tf.Tensor) => (y.arraySync() as number[][][][])[0]!.map((r) => r.map((c) => c[0]))

const counting = () => image([0, 1, 2, 3, 4].map((i) => [0, 1, 2, 3, 4].map((j) => 5 * i + j + 1)))
const max = (options: PoolOptions) => plane(maxPool(options).apply({}, counting(), ctx))
const avg = (options: AvgPoolOptions) => plane(avgPool(options).apply({}, counting(), ctx))

describe('by hand, on 1 … 25 in rows of five', () => {
  test('max, 2×2: the stride is the size, the fifth row and column are left out', () => {
    expect(max({ size: 2 })).toEqual([
      [7, 9],
      [17, 19],
    ])
  })
  test('max, 3×3, stride 2: the windows overlap', () => {
    expect(max({ size: 3, stride: 2 })).toEqual([
      [13, 15],
      [23, 25],
    ])
  })
  test("max, 2×2, stride 2, 'same': the last windows are cut off", () => {
    expect(max({ size: 2, stride: 2, padding: 'same' })).toEqual([
      [7, 9, 10],
      [17, 19, 20],
      [22, 24, 25],
    ])
  })
  test('padding is never the maximum, of negative values either', () => {
    const y = maxPool({ size: 3, stride: 2, padding: 1 }).apply({}, tf.neg(counting()), ctx)
    expect(plane(y)).toEqual([
      [-1, -2, -4],
      [-6, -7, -9],
      [-16, -17, -19],
    ])
  })
  test('mean, 3×3, stride 2', () => {
    expect(avg({ size: 3, stride: 2 })).toEqual([
      [7, 9],
      [17, 19],
    ])
  })
  test('mean with padding: not counted by default, counted as zeros on demand', () => {
    const corners = (rows: (number | undefined)[][]) => [rows[0]![0], rows[0]![1], rows[2]![2]]
    const without = corners(avg({ size: 3, stride: 2, padding: 1 }))
    expect(without[0]).toBeCloseTo((1 + 2 + 6 + 7) / 4, 5)
    expect(without[1]).toBeCloseTo((2 + 3 + 4 + 7 + 8 + 9) / 6, 5)
    expect(without[2]).toBeCloseTo((19 + 20 + 24 + 25) / 4, 5)
    const counted = corners(avg({ size: 3, stride: 2, padding: 1, countPadding: true }))
    expect(counted[0]).toBeCloseTo((1 + 2 + 6 + 7) / 9, 5)
    expect(counted[1]).toBeCloseTo((2 + 3 + 4 + 7 + 8 + 9) / 9, 5)
  })
  test('rectangular windows and strides', () => {
    expect(max({ size: [1, 5], stride: [2, 1] })).toEqual([[5], [15], [25]])
  })
})

describe('against central differences', () => {
  const options: readonly PoolOptions[] = [
    { size: 2 },
    { size: 3, stride: 2 },
    { size: 3, stride: 2, padding: 'same' },
    { size: 3, stride: 2, padding: 1 },
    {
      size: [2, 3],
      stride: 1,
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
  ]
  test.each(options)('max: %o', (each) => {
    checkGradients({ layer: maxPool(each), input: [5, 6, 2], values: apart(0.1) })
  })
  test.each<AvgPoolOptions>([
    ...options,
    { size: 3, stride: 2, padding: 1, countPadding: true },
    { size: 2, stride: 2, padding: 'same', countPadding: true },
  ])('mean: %o', (each) => {
    checkGradients({ layer: avgPool(each), input: [5, 5, 2] })
  })
})

test("AlexNet's pools: 55 → 27 → 13 → 6", () => {
  const pool = maxPool({ size: 3, stride: 2 })
  expect(pool.outputShape([55, 55, 96])).toEqual([27, 27, 96])
  expect(pool.outputShape([27, 27, 256])).toEqual([13, 13, 256])
  expect(pool.outputShape([13, 13, 256])).toEqual([6, 6, 256])
})

describe.each([
  ['maxPool', maxPool],
  ['avgPool', avgPool],
] as const)('errors of %s', (kind, pool) => {
  test.each<[PoolOptions, string]>([
    [{ size: 0 }, `layer "${kind}": size must be an integer of at least 1, found 0`],
    [{ size: 2, stride: 0.5 }, `layer "${kind}": strides must be an integer of at least 1`],
    [
      { name: 'p', size: 2, padding: 2 },
      'layer "p": padding must be smaller than the window of 2×2',
    ],
  ])('%o', (options, message) => {
    expect(() => pool(options)).toThrow(message)
  })
  test('an image smaller than the window', () => {
    expect(() => pool({ name: 'pool5', size: 3, stride: 2 }).outputShape([2, 2, 256])).toThrow(
      'layer "pool5": an input of 2×2 (2×2 with its padding) is smaller than the window of 3×3; the image is too small for this net',
    )
  })
})
