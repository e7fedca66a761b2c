import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { equivalenceTest } from './equivalence.js'
import { logGammaOfHalf, normalCdf } from './normal.js'
import { bothTestsPower, seedsNeeded, testPower } from './power.js'
import { pairedTest } from './paired-t.js'
import { pocockLevel, sequentialPlan } from './sequential.js'
import { signFlipTest } from './sign-flip.js'
import { superiority } from './superiority.js'
import { twoSampleTest } from './two-sample.js'

/** From scipy: tools/fixtures/harness_statistics.py. */
const fixture = JSON.parse(
  readFileSync(new URL('../../../fixtures/statistics.json', import.meta.url), 'utf8'),
) as {
  normal: { z: number; p: number }[]
  signFlip: { differences: number[]; margin: number; pGreater: number; pLess: number }[]
  equivalence: { differences: number[]; margin: number; p: number }[]
  clopper: { k: number; n: number; interval: [number, number] }[]
  power: { effect: number; sd: number; n: number; alpha: number; power: number }[]
  twoSample: {
    a: number[]
    b: number[]
    margin: number
    difference: number
    df: number
    pGreater: number
    pLess: number
    pGreaterPermuted: number
    pLessPermuted: number
  }[]
}

test('the normal distribution equals scipy’s, far into the tails', () => {
  for (const { z, p } of fixture.normal) {
    expect(Math.abs(normalCdf(z) / p - 1), `z ${z}`).toBeLessThan(1e-12)
  }
  expect(normalCdf(1.6448536269514722)).toBeCloseTo(0.95, 14)
  expect([1, 2, 3, 4, 7, 10].map((n) => Math.exp(logGammaOfHalf(n)))).toEqual(
    [Math.sqrt(Math.PI), 1, Math.sqrt(Math.PI) / 2, 1, (15 / 8) * Math.sqrt(Math.PI), 24].map(
      (value) => expect.closeTo(value, 12) as number,
    ),
  )
})

test('the sign-flip test equals the enumeration of all signs, and by hand', () => {
  for (const { differences, margin, pGreater, pLess } of fixture.signFlip) {
    const found = signFlipTest(differences, { margin })
    expect(found.pGreater, `${differences} > ${margin}`).toBeCloseTo(pGreater, 14)
    expect(found.pLess, `${differences} < ${margin}`).toBeCloseTo(pLess, 14)
  }
  // All of one sign: 1 of 2ⁿ. With one small negative among five: itself and the one with that sign turned.
  expect(signFlipTest([1, 2, 3, 4, 5], { margin: 0 })).toEqual({ pGreater: 1 / 32, pLess: 1 })
  expect(signFlipTest([-1, 2, 3, 4, 5], { margin: 0 }).pGreater).toBe(2 / 32)
  expect(signFlipTest([1, 1], { margin: 0 })).toEqual({ pGreater: 1 / 4, pLess: 1 })
  expect(signFlipTest([0.1, 0.2, -0.3], { margin: 0 })).toEqual({ pGreater: 5 / 8, pLess: 5 / 8 })
})

test('the sign-flip test is exact and quick at forty differences, and draws signs for more', () => {
  const began = performance.now()
  expect(signFlipTest(Array(40).fill(1) as number[], { margin: 0 }).pGreater).toBe(2 ** -40)
  expect(performance.now() - began).toBeLessThan(20_000)
  expect(signFlipTest(Array(41).fill(1) as number[], { margin: 0 })).toEqual({
    pGreater: 1 / 100_001,
    pLess: 1,
  })
  // Of 60 differences near nothing, close to the t-test's p, and the same each time.
  const many = Array.from({ length: 60 }, (_, i) => Math.sin(i * 7.3) + 0.15)
  const drawn = signFlipTest(many, { margin: 0 })
  expect(drawn).toEqual(signFlipTest(many, { margin: 0 }))
  expect(drawn.pGreater).toBeCloseTo(pairedTest(many, { margin: 0, alpha: 0.05 })!.pGreater, 2)
})

test('equivalence is the larger p of scipy’s two one-sided tests, and needs both kinds of test', () => {
  for (const { differences, margin, p } of fixture.equivalence) {
    expect(equivalenceTest(differences, { margin, alpha: 0.05 })!.p).toBeCloseTo(p, 12)
  }
  const close = equivalenceTest([0.1, -0.1, 0.2, 0, -0.2], { margin: 0.5, alpha: 0.05 })!
  expect(close).toMatchObject({ pSignFlip: 1 / 32, equivalent: true })
  // Four differences never reach α by the sign-flip test.
  expect(equivalenceTest([0.1, -0.1, 0.2, 0], { margin: 0.5, alpha: 0.05 })).toMatchObject({
    pSignFlip: 1 / 16,
    equivalent: false,
  })
  expect(equivalenceTest([1], { margin: 0.5, alpha: 0.05 })).toBeUndefined()
})

test('P(A > B) has Clopper and Pearson’s interval; ties count half and widen it', () => {
  for (const { k, n, interval } of fixture.clopper) {
    const differences = Array.from({ length: n }, (_, i) => (i < k ? 1 : -1))
    const found = superiority(differences, { margin: 0, alpha: 0.05 })
    expect(found.share).toBe(k / n)
    expect(found.interval[0]).toBeCloseTo(interval[0], 9)
    expect(found.interval[1]).toBeCloseTo(interval[1], 9)
  }
  const tied = superiority([1, 1, 1, 0, -1], { margin: 0, alpha: 0.05 })
  expect(tied.share).toBe(0.7)
  expect(tied.interval[0]).toBeCloseTo(fixture.clopper[2]!.interval[0], 9)
  expect(tied.interval[1]).toBeCloseTo(1 - fixture.clopper[1]!.interval[0], 9)
})

test('power is that of scipy’s noncentral t, and the seeds needed are the least that have it', () => {
  for (const { power, ...what } of fixture.power) {
    expect(testPower(what), JSON.stringify(what)).toBeCloseTo(power, 6)
  }
  const needed = seedsNeeded({ effect: 0.5, sd: 1, alpha: 0.05 }) as number
  expect(testPower({ effect: 0.5, sd: 1, n: needed, alpha: 0.05 })).toBeGreaterThanOrEqual(0.8)
  expect(testPower({ effect: 0.5, sd: 1, n: needed - 1, alpha: 0.05 })).toBeLessThan(0.8)
  // G*Power's value for a one-sided one-sample t-test, d = 0.5, α = 0.05, power 0.8.
  expect(needed).toBe(27)
  expect(seedsNeeded({ effect: -0.5, sd: 1, alpha: 0.05 })).toBe(27)
  expect(seedsNeeded({ effect: 100, sd: 1, alpha: 0.05 })).toBe(5)
  // 2⁻⁵ is above 0.01: the sign-flip test needs seven.
  expect(seedsNeeded({ effect: 100, sd: 1, alpha: 0.01 })).toBe(7)
  expect(seedsNeeded({ effect: 0, sd: 1, alpha: 0.05 })).toBeNull()
  expect(seedsNeeded({ effect: 0.01, sd: 1, alpha: 0.05 })).toBe('more than 1000')
})

test('with few seeds both tests take more than the t-test', () => {
  // 20,000 samples of five: 2⁻⁵ < 0.05 only if no sign differs.
  const study = { effect: 1.5, sd: 1, n: 5, alpha: 0.05 }
  expect(testPower(study)).toBeCloseTo(0.862, 3)
  expect(bothTestsPower(study)).toBeCloseTo(0.7, 1)
  expect(bothTestsPower({ ...study, n: 4 })).toBe(0)
  expect(seedsNeeded({ effect: 1.5, sd: 1, alpha: 0.05 })).toBe(6)
})

test('more divisions than can be listed are drawn', () => {
  const a = Array.from({ length: 11 }, (_, i) => Math.sin(i * 5.1) + 0.6)
  const b = Array.from({ length: 11 }, (_, i) => Math.sin(i * 3.7))
  const { pGreater, pGreaterPermuted } = twoSampleTest(a, b, { margin: 0, alpha: 0.05 })!
  expect(pGreaterPermuted).toBeCloseTo(pGreater, 1)
})

test('two samples: Welch’s test and the permutation test equal scipy’s', () => {
  for (const { a, b, margin, ...expected } of fixture.twoSample) {
    const found = twoSampleTest(a, b, { margin, alpha: 0.05 })!
    for (const [name, value] of Object.entries(expected)) {
      expect(found[name as keyof typeof expected], `${name}, margin ${margin}`).toBeCloseTo(
        value,
        12,
      )
    }
  }
  expect(twoSampleTest([1], [1, 2], { margin: 0, alpha: 0.05 })).toBeUndefined()
  expect(twoSampleTest([1, 1], [2, 2], { margin: 0, alpha: 0.05 })).toBeUndefined()
})

test('looks in equal steps have Pocock’s level', () => {
  // Pocock 1977: bounds for a two-sided 0.1, which is a one-sided 0.05 but for rejecting on both sides.
  const bounds = [1.875, 1.992, 2.067, 2.122]
  bounds.forEach((bound, i) => {
    const looks = Array.from({ length: i + 2 }, (_, k) => 5 * (k + 1))
    expect(pocockLevel(looks, 0.05)).toBeCloseTo(1 - normalCdf(bound), 3)
  })
  expect(pocockLevel([10], 0.05)).toBe(0.05)
})

test('a plan begins where the sign-flip test can reach its level, and is refused where none can', () => {
  const plan = sequentialPlan({ first: 5, max: 20, alpha: 0.05 })
  expect(plan.looks).toEqual([6, 11, 15, 20])
  expect(2 ** -6).toBeLessThan(plan.level)
  expect(2 ** -5).toBeGreaterThan(plan.level)
  expect(sequentialPlan({ first: 5, max: 5, alpha: 0.05 })).toEqual({ looks: [5], level: 0.05 })
  expect(sequentialPlan({ first: 5, max: 6, alpha: 0.05 }).looks).toEqual([5, 6])
  expect(() => sequentialPlan({ first: 3, max: 4, alpha: 0.05 })).toThrow(
    'at most 4 seeds cannot decide at α = 0.05',
  )
})
