import { expect, test } from 'vitest'
import type { ClaimTest } from '../declare/claim.js'
import { pairedTest } from './statistics/paired-t.js'
import { claimEvidence } from '../report/text/claim-text.js'
import { judgeClaim } from './claim-verdict.js'
import { seedsNeeded } from './statistics/power.js'
import type { ClaimInput } from './verdict.js'

/** Errors by cell, one a seed from 1. */
type Table = Readonly<Record<string, readonly (number | undefined)[]>>

const judge = (test: ClaimTest, table: Table, changes: Partial<ClaimInput> = {}) =>
  judgeClaim(test, {
    values: (cell) =>
      new Map(
        (table[cell] ?? []).flatMap((value, i) =>
          value === undefined ? [] : [[i + 1, value] as const],
        ),
      ),
    metric: () => ({ name: 'top-1 error', unit: '%', better: 'lower' }),
    seeds: (cell) => (table[cell] ?? []).map((_, i) => i + 1),
    cellName: (id) => `net ${id}`,
    mainMetric: 'top1',
    alpha: 0.05,
    exact: false,
    ...changes,
  })

const better = (margin?: number): ClaimTest => ({
  test: 'better',
  metric: 'top1',
  cell: 'B',
  than: 'A',
  ...(margin === undefined ? {} : { margin }),
})

test('a lower error over seeds supports “better”; the test is the paired one', () => {
  const table = { A: [30, 31.1, 29.5, 30.4, 31], B: [28.8, 30.3, 27.6, 29.1, 29.6] }
  const found = judge(better(), table)
  const expected = pairedTest([1.2, 0.8, 1.9, 1.3, 1.4], { margin: 0, alpha: 0.05 })!
  expect(found.verdict).toBe('supported')
  expect(found.n).toBe(5)
  expect(found.effect).toBeCloseTo(1.32, 12)
  expect(found.pFor).toBeCloseTo(expected.pGreater, 10)
  expect(found.pAgainst).toBeCloseTo(1 - expected.pGreater, 10)
  expect(found.interval![0]).toBeCloseTo(expected.interval[0], 10)
  expect(found.effectUnit).toBe('percentage points gain of net B over net A')
})

test('the same numbers the other way round contradict it', () => {
  const table = { B: [30, 31.1, 29.5, 30.4, 31], A: [28.8, 30.3, 27.6, 29.1, 29.6] }
  expect(judge(better(), table)).toMatchObject({ verdict: 'contradicted' })
})

test('pairing by seed finds what unpaired spread would hide, and pairs by seed, not by position', () => {
  const table = { A: [20, 40, 60, 30, 50], B: [18.8, 39.1, 59.1, 28.9, 48.8] }
  expect(judge(better(), table).verdict).toBe('supported')
  const shifted = { A: [undefined, 20, 40, 60], B: [18.8, undefined, 39.1, 59.1] }
  expect(judge(better(), shifted)).toMatchObject({ n: 2 })
  expect(judge(better(), shifted).effect).toBeCloseTo(0.9, 10)
})

test('for a metric that is better higher, the gain is a rise', () => {
  const table = { A: [60, 61, 62, 63, 64], B: [63, 64.2, 64.9, 66.1, 67.3] }
  const metric = () => ({ name: 'accuracy', unit: '%', better: 'higher' }) as const
  expect(judge(better(), table, { metric }).verdict).toBe('supported')
  expect(judge(better(), table).verdict).toBe('contradicted')
})

test('a margin must be exceeded', () => {
  const table = { A: [30, 31, 32, 33, 34], B: [28.9, 30.1, 31, 32.2, 32.9] }
  expect(judge(better(0.5), table).verdict).toBe('supported')
  expect(judge(better(1), table).verdict).toBe('inconclusive')
  expect(judge(better(2), table).verdict).toBe('contradicted')
})

test('one seed is inconclusive by rule, however large the gain', () => {
  const found = judge(better(), { A: [90], B: [10] })
  expect(found).toMatchObject({ verdict: 'inconclusive', n: 1, pFor: null })
  expect(found.reason).toContain('one seed')
})

test('differences without spread are inconclusive; cells that were not run are not run', () => {
  expect(judge(better(), { A: [3, 3], B: [2, 2] }).reason).toContain('the same for every seed')
  expect(judge(better(), {})).toMatchObject({
    verdict: 'not run',
    reason: 'its cells were not run',
  })
  expect(judge(better(), { A: [1, 2] })).toMatchObject({
    ...{ verdict: 'not run', n: 0, reason: 'no seed has all of its cells' },
  })
})

test('cells that were run and have no such number are no data, and not “not run”', () => {
  const missing = { verdict: 'no data', n: 0, reason: 'none of its seeds has this number' }
  const none = [undefined, undefined]
  expect(judge(better(), { A: none, B: none })).toMatchObject(missing)
  expect(judge(better(), { A: [1, 2], B: none })).toMatchObject(missing)
  const equal: ClaimTest = { test: 'equal', metric: 'n', cell: 'A', value: 1 }
  expect(judge(equal, { A: [undefined] }, { exact: true })).toMatchObject(missing)
  const ratio: ClaimTest = { test: 'ratio', metric: 'n', of: 'A', to: 'B', atLeast: 1 }
  expect(judge(ratio, { A: none, B: [1, 2] })).toMatchObject(missing)
  // Numbers that no ratio can be taken of are numbers.
  expect(judge(ratio, { A: [1, 0], B: [1, 1] })).toMatchObject({ verdict: 'inconclusive', n: 2 })
})

test('of several parts without any number: no data where all were run; one that has some is inconclusive', () => {
  const improving: ClaimTest = { test: 'improving', metric: 'top1', cells: ['A', 'B', 'C'] }
  const none = [undefined, undefined, undefined]
  expect(judge(improving, { A: none, B: none, C: none })).toMatchObject({
    ...{ verdict: 'no data', n: 0, reason: 'none of its seeds has this number' },
  })
  expect(judge(improving, { A: none, B: none })).toMatchObject({ verdict: 'not run', n: 0 })
  expect(judge(improving, { A: [3, 3.1, 3, 3.2, 3.1], B: [2, 2.3, 2.1, 2.2, 2.3] })).toMatchObject({
    ...{ verdict: 'inconclusive', n: 5 },
    reason: '1 of 2 parts not supported, 1 of them without results',
  })
})

test('“not better” needs the gain to be below the margin, says so if it is above, and tests equivalence', () => {
  const notBetter: ClaimTest = {
    test: 'not-better',
    metric: 'top1',
    cell: 'LRN',
    than: 'A',
    margin: 0.5,
  }
  const A = [30, 31, 32, 33, 34]
  const close = judge(notBetter, { A, LRN: [30.1, 31.2, 32, 33.1, 34.2] })
  expect(close.verdict).toBe('supported')
  expect(close.equivalence).toMatchObject({ margin: 0.5, pSignFlip: 1 / 32, equivalent: true })
  expect(judge(notBetter, { A, LRN: [28.9, 30.1, 31, 32.2, 32.9] }).verdict).toBe('contradicted')
  const open = judge(notBetter, { A, LRN: [29.4, 30.9, 31.2, 32.5, 33.7] })
  expect(open.verdict).toBe('inconclusive')
  expect(open.equivalence).toMatchObject({ equivalent: false })
  // Far worse is no improvement, and not equivalent either.
  const worse = judge(notBetter, { A, LRN: [33, 34.2, 35, 36.1, 37.2] })
  expect(worse).toMatchObject({ verdict: 'supported', equivalence: { equivalent: false } })
  expect(judge(better(), { A, B: A }).equivalence).toBeNull()
})

test('“better” within the margin that it states is equivalent: neither supported nor open', () => {
  const claim: ClaimTest = {
    ...{ test: 'better', metric: 'top1', cell: 'B', than: 'A' },
    equivalence: { within: 0.5, why: 'the paper’s smallest difference is 0.6' },
  }
  const A = [30, 31, 32, 33, 34]
  // Gains 0.1, −0.2, 0.1, −0.1, 0: mean −0.02, standard deviation 0.13, t against ±0.5 is 8.2 and −8.9.
  const same = judge(claim, { A, B: [29.9, 31.2, 31.9, 33.1, 34] })
  expect(same).toMatchObject({ verdict: 'equivalent', reason: '', needed: null })
  expect(same.equivalence!.p).toBeCloseTo(0.0006, 4)
  expect(claimEvidence(same, { alpha: 0.05 })).toContain('equivalent within ±0.5')
  // Clearly better, by less than the margin: the claim holds.
  expect(judge(claim, { A, B: [29.9, 30.9, 31.8, 32.9, 33.8] }).verdict).toBe('supported')
  // Wide spread, and four seeds: neither shows anything.
  expect(judge(claim, { A, B: [29, 32, 31, 34, 34] }).verdict).toBe('inconclusive')
  expect(judge(claim, { A, B: [29.9, 31.2, 31.9, 33.1] }).verdict).toBe('inconclusive')
  // All parts within their margins, and one of them not.
  const all = (of: readonly ClaimTest[]): ClaimTest => ({ test: 'all', of })
  const table = { A, B: [29.9, 31.2, 31.9, 33.1, 34], C: [28, 29.1, 30, 31, 32.2] }
  expect(judge(all([claim, claim]), table).verdict).toBe('equivalent')
  const mixed = judge(all([claim, { ...claim, cell: 'C' }]), table)
  expect(mixed).toMatchObject({
    verdict: 'inconclusive',
    reason: '1 of 2 parts not supported, 1 of them equivalent, which more seeds do not change',
  })
})

test('tests that disagree are inconclusive, even where the difference is within the margin', () => {
  const claim: ClaimTest = {
    ...{ test: 'better', metric: 'top1', cell: 'B', than: 'A' },
    equivalence: { within: 5, why: 'made up' },
  }
  // Gains 1, 1.1, 0.9, 1 and −0.05: of 32 sign patterns two have as large a sum, p = 0.0625; t is 3.7.
  const A = [30, 31, 32, 33, 34]
  const found = judge(claim, { A, B: [29, 29.9, 31.1, 32, 34.05] })
  expect(found.pFor!).toBeLessThan(0.05)
  expect(found.signFlip!.pFor).toBe(2 / 32)
  expect(found.equivalence!.equivalent).toBe(true)
  expect(found).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('the tests disagree'),
  })
})

test('seeds with a run that diverged are counted, and the evidence says how many there are', () => {
  const table = { A: [30, 31.1, 29.5, 30.4, 31], B: [28.8, 30.3, 90, 29.1, 29.6] }
  const diverged = (cell: string) => (cell === 'B' ? [3, 9] : [])
  const found = judge(better(), table, { diverged })
  expect(found).toMatchObject({ verdict: 'inconclusive', n: 5, diverged: 1 })
  expect(claimEvidence(found, { alpha: 0.05 })).toMatch(
    /^n = 5, 1 of them with a run that diverged, /,
  )
})

test('an order of cells is supported if each step is (intersection-union: the largest p)', () => {
  const improving: ClaimTest = { test: 'improving', metric: 'top1', cells: ['A', 'B', 'C'] }
  const table = {
    A: [30, 31.1, 29.5, 30.4, 31],
    B: [28.8, 30.3, 27.6, 29.1, 29.6],
    C: [27, 28.1, 25.9, 27.3, 27.7],
  }
  const found = judge(improving, table)
  expect(found.verdict).toBe('supported')
  expect(found.parts).toHaveLength(2)
  expect(found.pFor).toBe(Math.max(found.parts[0]!.pFor!, found.parts[1]!.pFor!))
})

test('an order is contradicted only after Holm: a part at p = 0.03 of two is not enough', () => {
  const improving: ClaimTest = { test: 'improving', metric: 'top1', cells: ['A', 'B', 'C'] }
  // B is worse than A with every seed (sign-flip p = 1/32): contradicted by itself, not as one of two.
  const table = {
    ...{ A: [30, 30, 30, 30, 30], B: [31, 32, 33, 31.5, 32.5], C: [30, 31.1, 32.5, 30.4, 31.6] },
  }
  expect(judge(better(), table).verdict).toBe('contradicted')
  const found = judge(improving, table)
  expect(found.parts[0]!.verdict).toBe('contradicted')
  expect(found.pAgainst).toBeCloseTo(2 * found.parts[0]!.pAgainst!, 12)
  expect(found.verdict).toBe('inconclusive')
  // With six seeds 2 · 1/64 is enough.
  const clearer = {
    A: [...table.A, 30],
    B: [...table.B, 32],
    C: [...table.C, 31.2],
  }
  expect(judge(improving, clearer).verdict).toBe('contradicted')
})

test('a trend is the t-test of the seeds’ slopes', () => {
  const trend: ClaimTest = { test: 'trend', metric: 'top1', cells: ['A', 'B', 'C'], x: [1, 2, 3] }
  // Slopes of the error −1, −2, −3, −1, −3: gains 1, 2, 3, 1, 3 per unit of x, t = 2√5 on 4 degrees of freedom.
  const table = { A: [30, 30, 30, 30, 30], B: [29, 28, 27, 29, 27], C: [28, 26, 24, 28, 24] }
  const found = judge(trend, table)
  expect(found.effect).toBeCloseTo(2, 12)
  expect(found.effectUnit).toBe('percentage points gain per unit of x')
  expect(judge({ ...trend, per: 'layer' }, table)).toMatchObject({
    effectUnit: 'percentage points gain per layer',
    against: { unit: 'percentage points per layer' },
  })
  expect(found.pFor).toBeCloseTo(0.0055, 4)
  expect(found.verdict).toBe('supported')
})

test('a ratio is tested on its logarithm: the mean is geometric', () => {
  const ratio: ClaimTest = { test: 'ratio', metric: 'epochs', of: 'tanh', to: 'relu', atLeast: 3 }
  const table = { tanh: [40, 45, 90, 50, 66], relu: [10, 9, 15, 10, 12] }
  const found = judge(ratio, table)
  expect(found.effect).toBeCloseTo((4 * 5 * 6 * 5 * 5.5) ** (1 / 5), 10)
  // Of another metric than the table's first, the evidence says which.
  expect(found.effectUnit).toBe('ratio of net tanh to net relu in top-1 error')
  expect(found.verdict).toBe('supported')
  expect(judge({ ...ratio, atLeast: 9 }, table).verdict).toBe('contradicted')
  const atMost: ClaimTest = { test: 'ratio', metric: 'epochs', of: 'tanh', to: 'relu', atMost: 9 }
  expect(judge(atMost, table).verdict).toBe('supported')
  expect(judge(ratio, { tanh: [1, 0], relu: [1, 1] }).reason).toContain('positive')
})

test('counts are compared as they are', () => {
  const exact = { exact: true }
  expect(judge(better(), { A: [49], B: [27] }, exact)).toMatchObject({
    verdict: 'supported',
    test: 'exact comparison',
  })
  expect(judge(better(), { A: [27], B: [27] }, exact).verdict).toBe('contradicted')
  const ratio: ClaimTest = { test: 'ratio', metric: 'n', of: 'A', to: 'B', atLeast: 2 }
  expect(judge(ratio, { A: [50], B: [25] }, exact).verdict).toBe('supported')
  const equal: ClaimTest = { test: 'equal', metric: 'n', cell: 'A', value: 133, digits: 0 }
  expect(judge(equal, { A: [132.863336] }, exact).verdict).toBe('supported')
  expect(judge(equal, { A: [133.638952] }, exact)).toMatchObject({
    verdict: 'contradicted',
    effect: 133.638952,
  })
  expect(judge({ ...equal, digits: 6 }, { A: [133.000001] }, exact).verdict).toBe('contradicted')
  expect(judge(equal, { A: [133] }, exact).effectUnit).toBe('% for net A in top-1 error')
  expect(judge(equal, {}, exact).verdict).toBe('not run')
})

test('all of several tests: exact parts count as they stand', () => {
  const equal = (value: number): ClaimTest => ({ test: 'equal', metric: 'n', cell: 'A', value })
  const all = (...of: ClaimTest[]): ClaimTest => ({ test: 'all', of })
  expect(judge(all(equal(1), equal(1)), { A: [1] }, { exact: true }).verdict).toBe('supported')
  expect(judge(all(equal(1), equal(2)), { A: [1] }, { exact: true }).verdict).toBe('contradicted')
  expect(judge(all(equal(1), equal(2)), {}, { exact: true }).verdict).toBe('not run')
})

test('four seeds are inconclusive however they agree; five can decide', () => {
  const A = [30, 31.1, 29.5, 30.4, 31]
  const B = [20.1, 21, 19.8, 20.3, 21.2]
  const four = judge(better(), { A: A.slice(0, 4), B: B.slice(0, 4) })
  expect(four).toMatchObject({
    verdict: 'inconclusive',
    reason: '4 seeds, and a verdict takes at least 5',
    signFlip: { pFor: 1 / 16 },
    needed: { observed: 5 },
  })
  expect(four.pFor).toBeLessThan(1e-4)
  expect(judge(better(), { A, B })).toMatchObject({
    verdict: 'supported',
    signFlip: { pFor: 1 / 32 },
    superiority: { share: 1 },
    needed: null,
  })
})

test('tests that disagree are inconclusive, and said to', () => {
  // Gains 2, 3, 2.5, 4, −0.2: t = 3.23 on 4 (p = 0.0159); sign-flip 2/32.
  const found = judge(better(), { A: [32, 33, 32.5, 34, 29.8], B: [30, 30, 30, 30, 30] })
  expect(found.pFor).toBeCloseTo(0.01589, 4)
  expect(found.signFlip!.pFor).toBe(2 / 32)
  expect(found).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the tests disagree: the t-test has p < 0.05 for the claim, the sign-flip test has not',
  })
  // Gains of 1 with one of 30: the signs are all alike, and the spread is too large for t.
  const other = judge(better(), { A: [31, 31, 31, 31, 60], B: [30, 30, 30, 30, 30] })
  expect(other.signFlip!.pFor).toBe(1 / 32)
  expect(other.reason).toBe(
    'the tests disagree: the sign-flip test has p < 0.05 for the claim, the t-test has not',
  )
})

test('an open claim says which number of seeds would decide it, for our effect and for the paper’s', () => {
  const paper = (cell: string) => ({ A: 30, B: 29 })[cell]
  const table = { A: [30, 31, 32, 33, 34], B: [30.5, 30, 32.5, 31.5, 33] }
  const found = judge(better(), table, { paper })
  // Gains −0.5, 1, −0.5, 1.5, 1: mean 0.5, standard deviation √0.875.
  expect(found.needed).toMatchObject({
    power: 0.8,
    observed: seedsNeeded({ effect: 0.5, sd: Math.sqrt(0.875), alpha: 0.05 }),
    paper: seedsNeeded({ effect: 1, sd: Math.sqrt(0.875), alpha: 0.05 }),
  })
  expect(found.needed!.sd).toBeCloseTo(Math.sqrt(0.875), 12)
  expect(Number(found.needed!.observed)).toBeGreaterThan(Number(found.needed!.paper))
  expect(claimEvidence(found, { alpha: 0.05 })).toMatch(
    /neither direction has p < 0.05, at this spread \(standard deviation 0.935\) it takes about 24 seeds if the effect is as observed, about 8 seeds if it is the paper’s \(80% power\)$/,
  )
  expect(judge(better(), table).needed!.paper).toBeNull()
  expect(judge(better(), { A: [1, 1, 1, 1, 1], B: [0, 0, 0, 0, 0] })).toMatchObject({
    verdict: 'inconclusive',
    needed: null,
    reason: expect.stringContaining('the same for every seed') as string,
  })
})

test('more seeds than there are, at which both tests decide', () => {
  // Gains 2, 3, 2.5, 4, −0.2: the t-test's power at five seeds is over 80%, and five have not decided it.
  const found = judge(better(), { A: [32, 33, 32.5, 34, 29.8], B: [30, 30, 30, 30, 30] })
  expect(found.verdict).toBe('inconclusive')
  expect(found.needed!.observed).toBe(6)
})

test('a claim of several parts says with how many seeds it would be decided', () => {
  const all: ClaimTest = { test: 'improving', metric: 'top1', cells: ['A', 'B', 'C'] }
  // B beats A clearly, C beats B by 0.5 ± 0.94: as many seeds as that part takes.
  const A = [40, 41.1, 40.2, 41, 40.5]
  const B = [30, 31, 32, 33, 34]
  const part = judge(better(), { A: B, B: [30.5, 30, 32.5, 31.5, 33] })
  const found = judge(all, { A, B, C: [30.5, 30, 32.5, 31.5, 33] })
  expect(found).toMatchObject({ verdict: 'inconclusive', needed: { sd: null } })
  expect(found.needed!.observed).toBe(part.needed!.observed)
  // Both parts the wrong way at every one of five seeds: by Holm's correction six contradict it.
  const wrong = judge(all, { A: B.map((b) => b - 5), B, C: B.map((b, i) => b + 5 + i / 10) })
  expect(wrong.parts.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'contradicted'])
  expect(wrong).toMatchObject({ verdict: 'inconclusive', needed: { observed: 6 } })
})

test('a diverged run without the number leaves the claim open; another one without it is counted', () => {
  const table = { A: [30, 31.1, 29.5, 30.4, 31], B: [20.1, 21, 19.8, 20.3, 21.2] }
  const seeds = () => [1, 2, 3, 4, 5, 6]
  const found = judge(better(), table, { seeds, diverged: (cell) => (cell === 'A' ? [6] : []) })
  expect(found).toMatchObject({
    verdict: 'inconclusive',
    n: 5,
    without: 1,
    diverged: 0,
    needed: null,
  })
  expect(found.reason).toContain('a run of seed 6 diverged and has no such number')
  const missed = judge(better(), table, { seeds })
  expect(missed).toMatchObject({ verdict: 'supported', n: 5, without: 1 })
  expect(claimEvidence(missed, { alpha: 0.05 })).toMatch(
    /^n = 5 of 6 seeds \(the others lack the number\),/,
  )
})

test('what rounding leaves of equal numbers is no difference', () => {
  const noisy = [30.1, 30.1 + 4e-15, 30.1, 30.1 + 4e-15, 30.1 + 8e-15]
  expect(judge(better(), { A: noisy, B: [30.1, 30.1, 30.1, 30.1, 30.1] }).verdict).toBe(
    'inconclusive',
  )
})

test('a part of a study with looks is tested, and printed, at the level of its look', () => {
  const sequential = { looks: [6], level: 0.02, seeds: [1, 2, 3, 4, 5, 6] }
  const found = judge(
    { test: 'all', of: [better()] },
    { A: [30, 31, 29, 30, 31, 30], B: [29, 31, 30, 29, 30, 31] },
    { sequential },
  )
  expect(claimEvidence(found.parts[0]!, { alpha: 0.05 })).toContain('96% interval')
})

test('with stated looks the first that decides is the verdict, at its own level, and later seeds change nothing', () => {
  const sequential = { looks: [6, 8], level: 0.03, seeds: [1, 2, 3, 4, 5, 6, 7, 8] }
  const A = [30, 31.1, 29.5, 30.4, 31, 30, 30, 30]
  const B = [28.8, 30.3, 27.6, 29.1, 29.6, 28.7, 50, 60]
  const found = judge(better(), { A, B }, { sequential })
  expect(found).toMatchObject({ verdict: 'supported', n: 6, look: { seeds: 6, level: 0.03 } })
  // 2⁻⁵ = 0.03125 decides without looks, and not at a level of 0.03.
  expect(judge(better(), { A: A.slice(0, 5), B: B.slice(0, 5) }).verdict).toBe('supported')
  expect(judge(better(), { A: A.slice(0, 5), B: B.slice(0, 5) }, { sequential })).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the study’s first look is at 6 seeds',
    look: { seeds: 0 },
  })
  // Seven seeds are no look: the verdict is that of six.
  const open = [31, 30.3, 30.6, 29.1, 32, 28.7]
  const seven = judge(better(), { A: A.slice(0, 7), B: [...open, 20] }, { sequential })
  expect(seven).toMatchObject({ verdict: 'inconclusive', n: 6, look: { seeds: 6 } })
})
