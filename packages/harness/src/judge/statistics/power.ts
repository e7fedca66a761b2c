import { integrate, logGammaOfHalf, normalCdf, normalQuantile } from './normal.js'
import { studentQuantile } from './student-t.js'

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

/** Seeds beyond which {@link seedsNeeded} does not count. */
export const mostSeeds = 1000

/**
 * The least number of seeds, at least `least`, at which the one-sided t-test finds an effect with the power asked for and
 * the sign-flip test can reach α at all (2⁻ⁿ < α). Infinity if it is more than {@link mostSeeds}; null for no effect.
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
}): number | null => {
  if (!(Math.abs(effect) > 0)) return null
  const enough = (n: number) =>
    2 ** -n < alpha && testPower({ effect: Math.abs(effect), sd, n, alpha }) >= power
  // With a known deviation it would be ((z(1 − α) + z(power)) · sd / effect)²; the t-test takes one or two more.
  const known = ((normalQuantile(1 - alpha) + normalQuantile(power)) * sd) / Math.abs(effect)
  let n = Math.max(least, Math.floor(known ** 2))
  while (n <= mostSeeds && !enough(n)) n++
  return n > mostSeeds ? Infinity : n
}
