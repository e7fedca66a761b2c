import { createRandom } from '@retable/core/host'
import { integrate, logGammaOfHalf, normalCdf, normalQuantile } from './normal.js'
import { signFlipTest } from './sign-flip.js'
import { studentQuantile } from './student-t.js'
import { summarize } from './summary.js'

/**
 * The power of the one-sided one-sample t-test: P(t > t(1 − α, n − 1)) if the mean lies `effect` above the margin and the
 * standard deviation is `sd`. Of the noncentral t distribution, by integrating over the estimated deviation s/σ:
 * ∫ Φ(δ − t·s) f(s) ds, δ = effect/sd·√n, f the density of √(χ²/df).
 *
 * @example
 * testPower({ effect: 1, sd: 1, n: 8, alpha: 0.05 }) // 0.815
 */
export const testPower = ({
  effect,
  sd,
  n,
  alpha,
}: {
  readonly effect: number
  readonly sd: number
  readonly n: number
  readonly alpha: number
}): number => {
  const df = n - 1
  const critical = studentQuantile(1 - alpha, df)
  const delta = (effect / sd) * Math.sqrt(n)
  const constant = Math.log(2) + (df / 2) * Math.log(df / 2) - logGammaOfHalf(df)
  const density = (s: number) =>
    s === 0
      ? df === 1
        ? Math.exp(constant)
        : 0
      : Math.exp(constant + (df - 1) * Math.log(s) - (df * s * s) / 2)
  const width = 10 / Math.sqrt(2 * df)
  return integrate(
    (s) => normalCdf(delta - critical * s) * density(s),
    [Math.max(0, 1 - width), 1 + width],
    200,
  )
}

/** Seeds up to which the sign-flip test takes more than the t-test; beyond, the two decide almost alike. */
const fewSeeds = 16

/** Samples drawn to find a power. */
const draws = 1000

const known = new Map<string, number>()

/**
 * The power of the t-test and the sign-flip test together, if both must have p < α: the share of 1,000 normal samples (always the
 * same ones) in which they do. With more than {@link fewSeeds} seeds that of the t-test.
 *
 * @example
 * bothTestsPower({ effect: 1.5, sd: 1, n: 5, alpha: 0.05 }) // 0.7; the t-test's is 0.86
 */
export const bothTestsPower = (study: Parameters<typeof testPower>[0]): number => {
  const { effect, sd, n, alpha } = study
  if (2 ** -n >= alpha) return 0
  if (n > fewSeeds) return testPower(study)
  const size = effect / sd
  const name = JSON.stringify([size, n, alpha])
  const before = known.get(name)
  if (before !== undefined) return before
  const random = createRandom('samples of a power')
  const critical = studentQuantile(1 - alpha, n - 1)
  let found = 0
  for (let i = 0; i < draws; i++) {
    const sample = Array.from({ length: n }, () => random.normal(size, 1))
    const { mean, sd: spread } = summarize(sample)
    if ((mean / spread!) * Math.sqrt(n) <= critical) continue
    if (signFlipTest(sample, { margin: 0 }).pGreater < alpha) found++
  }
  known.set(name, found / draws)
  return found / draws
}

/** Seeds beyond which {@link seedsNeeded} does not count. */
export const mostSeeds = 1000

/** A number of seeds, or that it is above {@link mostSeeds}. */
export type SeedCount = number | 'more than 1000'

/**
 * The least number of seeds, at least `least`, at which the t-test and the sign-flip test both find an effect with the power
 * asked for. null for no effect.
 */
export const seedsNeeded = ({
  effect,
  sd,
  alpha,
  power = 0.8,
  least = 5,
}: {
  readonly effect: number
  readonly sd: number
  readonly alpha: number
  readonly power?: number
  readonly least?: number
}): SeedCount | null => {
  const size = Math.abs(effect)
  if (!(size > 0)) return null
  // The t-test's power is an upper bound, and quicker to find.
  const enough = (n: number) => {
    const study = { effect: size, sd, n, alpha }
    return testPower(study) >= power && bothTestsPower(study) >= power
  }
  // With a known deviation it would be ((z(1 − α) + z(power)) · sd / effect)²; the t-test takes one or two more.
  const knownSpread = ((normalQuantile(1 - alpha) + normalQuantile(power)) * sd) / size
  let n = Math.max(least, Math.floor(knownSpread ** 2))
  while (n <= mostSeeds && !enough(n)) n++
  return n > mostSeeds ? 'more than 1000' : n
}
