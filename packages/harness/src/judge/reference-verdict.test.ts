import { expect, test } from 'vitest'
import { compareWithReference } from './reference-verdict.js'

const bySeed = (...values: readonly number[]) => new Map(values.map((value, i) => [i + 1, value]))
const terms = { margin: 1, paired: true, alpha: 0.05 }

test('pairs: equivalent within the margin, different beyond it, else inconclusive with a reason', () => {
  const ours = bySeed(30, 31, 32, 33, 34)
  const near = compareWithReference(ours, bySeed(30.1, 30.9, 32.2, 33, 33.8), terms)!
  expect(near).toMatchObject({ verdict: 'equivalent', n: [5, 5], pExact: 1 / 32, reason: '' })
  expect(near.difference).toBeCloseTo(0, 10)
  // Differences −0.1, 0.1, −0.2, 0, 0.2: t = 1/(0.1581/√5) = 14.14 either way.
  expect(near.p).toBeCloseTo(0.0000726, 6)
  const far = compareWithReference(ours, bySeed(32.5, 33.4, 34.8, 35.6, 36.7), terms)!
  expect(far).toMatchObject({ verdict: 'different' })
  const open = compareWithReference(ours, bySeed(29, 32.5, 31, 34.5, 33), terms)!
  expect(open.verdict).toBe('inconclusive')
  expect(open.reason).toContain('neither within nor outside ±1')
})

test('seeds without a counterpart are left out of pairs; fewer than five are inconclusive', () => {
  const found = compareWithReference(bySeed(1, 2, 3, 4, 5, 6), bySeed(1.1, 2.1, 2.9, 4), terms)!
  expect(found).toMatchObject({
    verdict: 'inconclusive',
    n: [4, 4],
    reason: '4 seeds, and a verdict takes at least 5',
  })
  expect(compareWithReference(bySeed(), bySeed(1), terms)).toBeUndefined()
  expect(
    compareWithReference(bySeed(1, 1, 1, 1, 1), bySeed(1, 1, 1, 1, 1), terms)!.reason,
  ).toContain('the same for every seed')
})

test('independent seeds are compared by Welch’s test and permutations', () => {
  const independent = { ...terms, paired: false }
  const ours = bySeed(30, 30.2, 29.9, 30.1, 30.3)
  const theirs = new Map([11, 12, 13, 14, 15, 16].map((seed, i) => [seed, 30 + (i % 3) / 10]))
  expect(compareWithReference(ours, theirs, independent)).toMatchObject({
    verdict: 'equivalent',
    n: [5, 6],
  })
  const far = new Map([...theirs].map(([seed, value]) => [seed, value + 3]))
  expect(compareWithReference(ours, far, independent)!.verdict).toBe('different')
})
