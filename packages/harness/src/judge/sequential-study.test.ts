import { createRandom } from '@retable/core'
import { expect, test } from 'vitest'
import type { ClaimTest } from '../declare/claim.js'
import { isDecided, judgeClaim } from './claim-verdict.js'
import type { ClaimInput, Verdict } from './verdict.js'
import { testPower } from './statistics/power.js'
import { sequentialPlan } from './statistics/sequential.js'

const claim: ClaimTest = { test: 'better', metric: 'error', cell: 'B', than: 'A' }
const seeds = Array.from({ length: 20 }, (_, i) => i + 1)
const alpha = 0.05
const plan = sequentialPlan({ first: 5, max: 20, alpha })

/** A study of paired differences: what it says in the end, and how many seeds that took. */
const study = (
  differences: readonly number[],
  sequential: ClaimInput['sequential'],
): { readonly verdict: Verdict; readonly n: number } => {
  const values = (cell: string) =>
    new Map(seeds.map((seed) => [seed, cell === 'A' ? differences[seed - 1]! : 0] as const))
  const found = judgeClaim(claim, {
    values,
    seeds: () => seeds,
    metric: () => ({ name: 'error', unit: '%', better: 'lower' }),
    cellName: (id) => id,
    mainMetric: 'error',
    alpha,
    exact: false,
    withNeeded: false,
    ...(sequential && { sequential }),
  })
  return { verdict: found.verdict, n: isDecided(found) ? found.n : seeds.length }
}

/** Differences with this mean and standard deviation 1, normal or of heavier tails (Laplace's). */
const draw = (random: ReturnType<typeof createRandom>, mean: number, tails: 'normal' | 'heavy') =>
  seeds.map(() => {
    if (tails === 'normal') return mean + random.normal()
    const u = random.uniform() - 0.5
    return mean - (Math.sign(u) * Math.log(1 - 2 * Math.abs(u))) / Math.SQRT2
  })

test.each(['normal', 'heavy'] as const)(
  'of 10,000 studies without an effect (%s differences) at most one in twenty supports the claim, at any look',
  { timeout: 300_000 },
  (tails) => {
    const random = createRandom(`null studies, ${tails}`)
    const studies = tails === 'normal' ? 10_000 : 2000
    let supported = 0
    let contradicted = 0
    for (let i = 0; i < studies; i++) {
      const { verdict } = study(draw(random, 0, tails), { ...plan, seeds })
      if (verdict === 'supported') supported++
      if (verdict === 'contradicted') contradicted++
    }
    console.log(
      `looks ${plan.looks.join(', ')} at ${plan.level.toFixed(4)}, ${tails}: ` +
        `${supported} of ${studies} null studies supported, ${contradicted} contradicted`,
    )
    expect(supported / studies).toBeLessThanOrEqual(alpha)
    expect(contradicted / studies).toBeLessThanOrEqual(alpha)
    // Not for want of ever rejecting.
    expect(supported / studies).toBeGreaterThan(0.03)
  },
)

test(
  'looking without a plan, at α each time, is what the plan prevents',
  { timeout: 120_000 },
  () => {
    const random = createRandom('null studies without a plan')
    let supported = 0
    for (let i = 0; i < 1000; i++) {
      const looked = { looks: [5, 10, 15, 20], level: alpha, seeds }
      if (study(draw(random, 0, 'normal'), looked).verdict === 'supported') supported++
    }
    expect(supported / 1000).toBeGreaterThan(0.07)
  },
)

test('power and seeds against a fixed number of seeds', { timeout: 300_000 }, () => {
  const rows = [0.5, 0.75, 1, 1.5].map((effect) => {
    const random = createRandom(`studies with effect ${effect}`)
    let found = 0
    let used = 0
    const studies = 500
    for (let i = 0; i < studies; i++) {
      const { verdict, n } = study(draw(random, effect, 'normal'), { ...plan, seeds })
      if (verdict === 'supported') found++
      used += n
    }
    return {
      effect,
      power: found / studies,
      seeds: used / studies,
      'power at 5 fixed': testPower({ effect, sd: 1, n: 5, alpha }),
      'power at 20 fixed': testPower({ effect, sd: 1, n: 20, alpha }),
    }
  })
  console.table(rows)
  for (const row of rows) {
    // Nearly the power of as many seeds as it may take, for fewer.
    expect(row.power).toBeGreaterThan(row['power at 20 fixed'] - 0.15)
    expect(row.power).toBeGreaterThan(row['power at 5 fixed'])
    expect(row.seeds).toBeLessThan(row.effect >= 1 ? 12 : 18)
  }
})
