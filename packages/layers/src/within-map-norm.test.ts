import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { withinMapNorm } from './within-map-norm.js'

test('each pixel is divided by those around it in its own map, by hand', () => {
  // Two maps of 2×2: 1 2 / 3 4, and zeros but for a 5.
  const x = tf.tensor4d([1, 0, 2, 0, 3, 0, 4, 5], [1, 2, 2, 2])
  const norm = withinMapNorm({ size: 3, alpha: 9, beta: 1, k: 1 })
  const y = norm.apply({}, x, { training: false })
  // All four pixels are within each window: 1 + (1 + 4 + 9 + 16) = 31; of the second map 1 + 25 = 26.
  const expected = [1 / 31, 0, 2 / 31, 0, 3 / 31, 0, 4 / 31, 5 / 26]
  ;[...y.dataSync()].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
})

test('windows end at the image, whose outside counts as zeros', () => {
  const x = tf.tensor4d([1, 2, 4], [1, 1, 3, 1])
  const y = withinMapNorm({ size: 3, alpha: 9, beta: 1, k: 1 }).apply({}, x, { training: false })
  const expected = [1 / 6, 2 / 22, 4 / 21]
  ;[...y.dataSync()].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
})

test('an even size and a base that is not positive are refused', () => {
  expect(() => withinMapNorm({ size: 2 })).toThrow('size must be odd, found 2')
  expect(() => withinMapNorm({ k: 0 })).toThrow('k must be over 0')
})
