import { createRandom } from '@retable/core'
import { describe, expect, test } from 'vitest'
import type { Initializer } from './index.js'
import {
  constant,
  fansOf,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  normal,
  zeros,
} from './index.js'

const shape = [3, 3, 64, 128]
const drawn = (initializer: Initializer, groups = 1) =>
  initializer(createRandom('initializers'), shape, fansOf(shape, groups))
const moments = (values: Float32Array) => {
  const mean = values.reduce((a, b) => a + b) / values.length
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length }
}

describe('fans', () => {
  test('of kernels HWIO, of groups, and of dense kernels', () => {
    expect(fansOf([5, 5, 48, 256], 2)).toEqual({ fanIn: 1200, fanOut: 3200 })
    expect(fansOf([3, 3, 256, 384])).toEqual({ fanIn: 2304, fanOut: 3456 })
    expect(fansOf([1, 1, 8, 4])).toEqual({ fanIn: 8, fanOut: 4 })
    expect(fansOf([4096, 1000])).toEqual({ fanIn: 4096, fanOut: 1000 })
  })
})

// fanIn 9·64 = 576, fanOut 9·128 = 1152
describe('distributions', () => {
  const N = 3 * 3 * 64 * 128

  test.each<[string, Initializer, number]>([
    ['normal(0.01)', normal(0.01), 1e-4],
    ['glorotNormal', glorotNormal(), 2 / 1728],
    ['heNormal', heNormal(), 2 / 576],
  ])(
    '%s: mean 0, its variance, the normal share within one deviation',
    (_n, initializer, variance) => {
      const values = drawn(initializer)
      const found = moments(values)
      expect(Math.abs(found.mean)).toBeLessThan(4 * Math.sqrt(variance / N))
      expect(Math.abs(found.variance / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / N))
      const within = values.filter((v) => Math.abs(v) < Math.sqrt(variance)).length / N
      expect(Math.abs(within - 0.6827)).toBeLessThan(4 * Math.sqrt(0.2166 / N))
    },
  )

  test.each<[string, Initializer, number]>([
    ['glorotUniform', glorotUniform(), Math.sqrt(6 / 1728)],
    ['heUniform', heUniform(), Math.sqrt(6 / 576)],
  ])('%s: uniform up to its bound', (_name, initializer, bound) => {
    const values = drawn(initializer)
    const found = moments(values)
    expect(Math.max(...values.subarray(0, 60_000))).toBeLessThanOrEqual(Math.fround(bound))
    expect(Math.max(...values.subarray(0, 60_000))).toBeGreaterThan(0.999 * bound)
    expect(Math.min(...values.subarray(0, 60_000))).toBeLessThan(-0.999 * bound)
    expect(Math.abs(found.mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * N))
    expect(Math.abs(found.variance / (bound ** 2 / 3) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / N))
  })

  test('groups narrow the fan out: Glorot with two groups has variance 2 / (576 + 576)', () => {
    const { variance } = moments(drawn(glorotNormal(), 2))
    expect(Math.abs(variance / (2 / 1152) - 1)).toBeLessThan(4 * Math.sqrt(2 / N))
  })

  test('normal has a mean on demand', () => {
    expect(moments(drawn(normal(0.1, 3))).mean).toBeCloseTo(3, 2)
  })
})

test('constant and zeros draw nothing', () => {
  const random = createRandom(1)
  expect([...constant(0.1)(random, [2], fansOf([2]))]).toEqual([Math.fround(0.1), Math.fround(0.1)])
  expect([...zeros()(random, [1, 2], fansOf([1, 2]))]).toEqual([0, 0])
  expect(random.uniform()).toBe(createRandom(1).uniform())
})

test('errors', () => {
  expect(() => normal(-1)).toThrow("normal's std must be a finite number of at least 0, found -1")
  expect(() => normal(NaN)).toThrow("normal's std must be a finite number of at least 0, found NaN")
  expect(() => constant(Infinity)).toThrow(
    "constant's value must be a finite number, found Infinity",
  )
})
