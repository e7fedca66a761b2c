import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { checkGradients } from './check-gradients.test-suite.js'
import type { LocalResponseNormOptions } from './index.js'
import { localResponseNorm } from './index.js'

/** The five maps 1, 2, 3, 4, 5 at one place. */
const normed = (options: LocalResponseNormOptions) => [
  ...localResponseNorm(options)
    .apply({}, tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 1, 5]), { training: false })
    .dataSync(),
]
const close = (found: number[], expected: number[]) =>
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5))

describe('by hand, on maps 1 … 5', () => {
  test('paper, n = 3, k = 2, α = ½, β = 1: each over 2 + ½ · the squares of it and its neighbors', () => {
    close(normed({ size: 3, alpha: 0.5, beta: 1, k: 2, convention: 'paper' }), [
      1 / (2 + (1 + 4) / 2),
      2 / (2 + (1 + 4 + 9) / 2),
      3 / (2 + (4 + 9 + 16) / 2),
      4 / (2 + (9 + 16 + 25) / 2),
      5 / (2 + (16 + 25) / 2),
    ])
  })
  test('pytorch: α over 3, at the edges too', () => {
    close(normed({ size: 3, alpha: 0.5, beta: 1, k: 2, convention: 'pytorch' }), [
      1 / (2 + (1 + 4) / 6),
      2 / (2 + (1 + 4 + 9) / 6),
      3 / (2 + (4 + 9 + 16) / 6),
      4 / (2 + (9 + 16 + 25) / 6),
      5 / (2 + (16 + 25) / 6),
    ])
  })
  test('pytorch, n = 2: a map and the one before it', () => {
    close(normed({ size: 2, alpha: 1, beta: 0.5, k: 1, convention: 'pytorch' }), [
      1 / Math.sqrt(1 + 1 / 2),
      2 / Math.sqrt(1 + 5 / 2),
      3 / Math.sqrt(1 + 13 / 2),
      4 / Math.sqrt(1 + 25 / 2),
      5 / Math.sqrt(1 + 41 / 2),
    ])
  })
  test("the defaults are the paper's: n = 5, k = 2, α = 10⁻⁴, β = 0.75", () => {
    close(normed({}), [
      1 / (2 + 14e-4) ** 0.75,
      2 / (2 + 30e-4) ** 0.75,
      3 / (2 + 55e-4) ** 0.75,
      4 / (2 + 54e-4) ** 0.75,
      5 / (2 + 50e-4) ** 0.75,
    ])
  })
  test('α = 0 leaves a division by k^β', () => {
    close(normed({ alpha: 0, beta: 2, k: 2 }), [0.25, 0.5, 0.75, 1, 1.25])
  })
})

test.each<LocalResponseNormOptions>([
  { size: 5, alpha: 0.2, beta: 0.75, k: 2, convention: 'paper' },
  { size: 5, alpha: 0.8, beta: 0.75, k: 1, convention: 'pytorch' },
  { size: 3, alpha: 0.5, beta: 0.5, k: 1 },
  { size: 4, alpha: 0.8, beta: 0.75, k: 2, convention: 'pytorch' },
  { size: 2, alpha: 0.8, beta: 1.5, k: 1, convention: 'pytorch' },
])('against central differences: %o', (options) => {
  checkGradients({ layer: localResponseNorm(options), input: [2, 2, 6] })
})

test.each<[LocalResponseNormOptions, string]>([
  [
    { name: 'norm1', size: 4 },
    `layer "norm1": the paper's window is symmetric about its map and takes an odd size, found 4; convention 'pytorch' takes even sizes`,
  ],
  [{ size: 0 }, 'size must be an integer of at least 1, found 0'],
  [{ k: 0 }, 'k must be over 0 and alpha at least 0'],
  [{ alpha: -1 }, 'k must be over 0 and alpha at least 0'],
  [{ beta: NaN }, 'beta must be a finite number, found NaN'],
  [{ convention: 'caffe' as 'paper' }, `convention must be 'paper' or 'pytorch', found "caffe"`],
])('refuses %o', (options, message) => {
  expect(() => localResponseNorm(options)).toThrow(message)
})
