import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pairedTest } from './paired-t.js'
import { leastSquaresSlope } from './slope.js'
import { studentCdf, studentQuantile } from './student-t.js'
import { summarize } from './summary.js'

/** From mpmath's incomplete beta function at 40 digits: tools/fixtures/harness.py. */
const fixture = JSON.parse(
  readFileSync(new URL('../../../fixtures/student-t.json', import.meta.url), 'utf8'),
) as {
  cdf: { t: number; df: number; p: number }[]
  quantile: { p: number; df: number; t: number }[]
  paired: {
    differences: number[]
    margin: number
    alpha: number
    mean: number
    sd: number
    t: number
    pGreater: number
    pLess: number
    interval: [number, number]
  }[]
}

test('the distribution function equals mpmath’s to 1e-14', () => {
  for (const { t, df, p } of fixture.cdf) {
    expect(Math.abs(studentCdf(t, df) - p), `t ${t}, df ${df}`).toBeLessThan(1e-14)
  }
})

test('df 1 is Cauchy’s and df 2 is algebraic, worked by hand', () => {
  expect(studentCdf(1, 1)).toBeCloseTo(0.75, 15)
  // 1/2 + t / (2 sqrt(2 + t²))
  expect(studentCdf(2, 2)).toBeCloseTo(0.5 + 2 / (2 * Math.sqrt(6)), 15)
  expect(studentCdf(Infinity, 5)).toBe(1)
  expect(studentCdf(-Infinity, 5)).toBe(0)
})

test('quantiles equal mpmath’s, and printed tables', () => {
  for (const { t, df, p } of fixture.quantile) {
    expect(Math.abs(studentQuantile(p, df) / t - 1), `p ${p}, df ${df}`).toBeLessThan(1e-10)
    expect(studentQuantile(1 - p, df)).toBeCloseTo(-studentQuantile(p, df), 6)
  }
  expect(studentQuantile(0.95, 2)).toBeCloseTo(2.91998558, 8)
  expect(studentQuantile(0.975, 2)).toBeCloseTo(4.30265273, 8)
  expect(studentQuantile(0.5, 7)).toBe(0)
})

test('degrees of freedom and probabilities out of range are refused', () => {
  for (const df of [0, -1, 1.5, NaN]) expect(() => studentCdf(1, df)).toThrow('degrees of freedom')
  for (const p of [0, 1, -0.1, NaN]) expect(() => studentQuantile(p, 3)).toThrow('quantile')
})

test('the paired test equals mpmath’s', () => {
  for (const { differences, margin, alpha, interval, ...expected } of fixture.paired) {
    const found = pairedTest(differences, { margin, alpha })!
    for (const name of ['mean', 'sd', 't', 'pGreater', 'pLess'] as const) {
      expect(found[name], name).toBeCloseTo(expected[name], 10)
    }
    expect(found.interval[0]).toBeCloseTo(interval[0], 8)
    expect(found.interval[1]).toBeCloseTo(interval[1], 8)
    expect(found.df).toBe(differences.length - 1)
  }
})

test('the paired test by hand: 1, 2, 3 has t = 2√3 and, on 2 degrees of freedom, p = 1/2 − t/(2√(2 + t²))', () => {
  const { t, pGreater } = pairedTest([1, 2, 3], { margin: 0, alpha: 0.05 })!
  expect(t).toBeCloseTo(2 * Math.sqrt(3), 12)
  expect(pGreater).toBeCloseTo(0.5 - (2 * Math.sqrt(3)) / (2 * Math.sqrt(14)), 12)
})

test('the paired test does not apply to one number, or to numbers that do not differ', () => {
  expect(pairedTest([3], { margin: 0, alpha: 0.05 })).toBeUndefined()
  expect(pairedTest([], { margin: 0, alpha: 0.05 })).toBeUndefined()
  expect(pairedTest([2, 2, 2], { margin: 0, alpha: 0.05 })).toBeUndefined()
  // 0.1 in floating point, three ways.
  expect(pairedTest([0.3 - 0.2, 0.1, 1.1 - 1], { margin: 0, alpha: 0.05 })).toBeUndefined()
})

test('mean, standard deviation and slope by hand', () => {
  expect(summarize([2, 4, 9])).toEqual({ n: 3, mean: 5, sd: Math.sqrt(13) })
  expect(summarize([7])).toEqual({ n: 1, mean: 7, sd: null })
  expect(() => summarize([])).toThrow('no numbers')
  // x̄ = 2, ȳ = 4: (−1)(−3) + 0 + (1)(3) = 6 over 2.
  expect(leastSquaresSlope([1, 2, 3], [1, 4, 7])).toBe(3)
  expect(leastSquaresSlope([11, 13, 16, 19], [4, 4, 4, 4])).toBe(0)
})
