import { createRandom } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { checkGradients } from './check-gradients.test-suite.js'
import { dropoutMask } from './dropout-mask.js'
import type { DropoutOptions } from './index.js'
import { dropout } from './index.js'

const random = createRandom(42)
const training = { training: true, random }

describe('by hand', () => {
  const x = () => tf.tensor2d([[1, 2, 3, 4, 5, 6, 7, 8]])
  const values = (options: DropoutOptions, ctx: { training: boolean }) => [
    ...dropout({ name: 'drop6', ...options })
      .apply({}, x(), ctx)
      .dataSync(),
  ]
  // The mask of this stream, pinned: it must never change.
  const kept = [1, 1, 1, 0, 1, 0, 1, 0]

  test('inverted: kept units are divided by 1 − rate in training, all left alone in testing', () => {
    expect(values({ rate: 0.5 }, training)).toEqual(kept.map((m, i) => m * (i + 1) * 2))
    expect(values({ rate: 0.5 }, { training: false })).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
  test('scale at test: kept units as they are in training, all times 1 − rate in testing', () => {
    const options: DropoutOptions = { rate: 0.5, form: 'scale-at-test' }
    expect(values(options, training)).toEqual(kept.map((m, i) => m * (i + 1)))
    expect(values(options, { training: false })).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])
  })
  test('rate 0 drops nothing and needs no randomness', () => {
    expect(values({ rate: 0 }, { training: true })).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

test.each<DropoutOptions>([{ rate: 0.5 }, { rate: 0.3, form: 'scale-at-test' }])(
  'against central differences, the mask fixed: %o',
  (options) => {
    checkGradients({ layer: dropout(options), input: [4, 5], training: true })
    checkGradients({ layer: dropout(options), input: [4, 5], training: false })
  },
)

describe('masks', () => {
  const N = 240_000

  test.each([0.5, 0.25, 0.75, 0.875, 0.1, 0.3, 0.9, 1 / 256, 1 / 512])(
    'rate %s: the share dropped, and neighbors independent of one another',
    (rate) => {
      const mask = dropoutMask(createRandom('mask').stream(String(rate)), rate, 2, N)
      const bound = 4 * Math.sqrt((rate * (1 - rate)) / N)
      const dropped = mask.filter((m) => m === 0).length
      expect(mask.every((m) => m === 0 || m === 2)).toBe(true)
      expect(Math.abs(dropped / N - rate)).toBeLessThan(bound)
      // Units of one draw and of neighboring draws: the correlation at these distances is that of independence.
      for (const lag of [1, 2, 3, 8, 12, 23, 24, 25, 48, 4096]) {
        let sum = 0
        for (let i = 0; i + lag < N; i++) {
          sum += (Number(mask[i] === 0) - rate) * (Number(mask[i + lag] === 0) - rate)
        }
        const correlation = sum / (N - lag) / (rate * (1 - rate))
        expect(Math.abs(correlation) * Math.sqrt(N)).toBeLessThan(4)
      }
    },
  )

  test('every place of a draw drops as often as any other', () => {
    const mask = dropoutMask(createRandom('places'), 0.5, 1, N)
    const counts = new Float64Array(24)
    mask.forEach((m, i) => (counts[i % 24]! += m))
    const deviations = counts.map((count) => (count - N / 48) / Math.sqrt(N / 96))
    expect(Math.max(...deviations.map(Math.abs))).toBeLessThan(4)
  })

  test('known answers: these masks never change', () => {
    const at = (rate: number) =>
      [...dropoutMask(createRandom(42).stream('drop6'), rate, 1, 30)].join('')
    expect(at(0.5)).toBe('111010101010101101010101001011')
    expect(at(0.25)).toBe('111111111111011101011101110111')
    expect(at(0.3)).toBe('111001101101100010101111111110')
  })

  test('layers of different names, and steps, drop different units', () => {
    const x = tf.ones([1, 64])
    const mask = (name: string, step: number) =>
      dropout({ name, rate: 0.5 })
        .apply({}, x, { training: true, random: createRandom(1).stream('step', step) })
        .dataSync()
        .join()
    expect(new Set([mask('a', 0), mask('b', 0), mask('a', 1)]).size).toBe(3)
    expect(mask('a', 0)).toBe(mask('a', 0))
  })

  test('inverted dropout keeps the expectation', () => {
    const y = dropout({ rate: 0.25 }).apply({}, tf.ones([1, N]), training)
    expect(tf.mean(y).dataSync()[0]).toBeCloseTo(1, 2)
  })
})

test('errors', () => {
  for (const rate of [-0.1, 1, NaN]) {
    expect(() => dropout({ rate })).toThrow(
      `layer "dropout": rate must be at least 0 and less than 1, found ${rate}`,
    )
  }
  expect(() => dropout({ rate: 0.5, form: 'alpha' as 'inverted' })).toThrow(
    `form must be 'inverted' or 'scale-at-test', found "alpha"`,
  )
  expect(() =>
    dropout({ name: 'drop6', rate: 0.5 }).apply({}, tf.ones([1, 2]), { training: true }),
  ).toThrow('layer "drop6": dropout needs ctx.random while training, found none')
})
