import { RetableError } from '@retable/core/host'
import { bisect, normalCdf } from './normal.js'

/** When a study that may grow is looked at, and how strict each look is: stated before the first. */
export interface SequentialPlan {
  /** Numbers of seeds at which claims are tested, ascending. */
  readonly looks: readonly number[]
  /** The level of each test at each look (Pocock 1977): the chance of a false verdict at any look is the study's α. */
  readonly level: number
}

/**
 * A group-sequential plan: at most `most` looks in about equal steps from `first` to `max` seeds, all at one level
 * (Pocock's rule). The first look is moved to where the sign-flip test can reach that level: 2⁻ⁿ below it.
 *
 * @throws RetableError `invalid-argument` if not even the last look can reach the level.
 * @example
 * sequentialPlan({ first: 5, max: 20, alpha: 0.05 }) // looks at 6, 11, 15, 20 seeds, level 0.0202
 */
export const sequentialPlan = ({
  first,
  max,
  alpha,
  most = 4,
}: {
  readonly first: number
  readonly max: number
  readonly alpha: number
  readonly most?: number
}): SequentialPlan => {
  for (let start = first; start <= max; start++) {
    const count = Math.min(most, max - start + 1)
    const looks = Array.from({ length: count }, (_, i) =>
      count === 1 ? max : Math.round(start + ((max - start) * i) / (count - 1)),
    )
    const level = pocockLevel(looks, alpha)
    if (2 ** -looks[0]! < level) return { looks, level }
  }
  throw new RetableError(
    'invalid-argument',
    `at most ${max} seeds cannot decide at α = ${alpha}: an exact test's least p is 2^-${max}`,
  )
}

/**
 * The level c of equally strict one-sided tests at each look for which, with a normal statistic and no effect, the chance
 * that any of them rejects is α. By numerical integration over the sum of the observations from look to look (Armitage,
 * McPherson and Rowe 1969).
 */
export const pocockLevel = (looks: readonly number[], alpha: number): number => {
  if (looks.length === 1) return alpha
  const z = bisect((bound) => -crossing(looks, bound), -alpha, [0.5, 6], 26)
  return 1 - normalCdf(z)
}

const points = 160

/** P(Z ≥ bound at some look), Z the standardized sum of independent standard normal observations. */
const crossing = (looks: readonly number[], bound: number): number => {
  let crossed = 1 - normalCdf(bound)
  let n = looks[0]!
  /** Density of the sum on a grid below the bound, among studies that have not rejected. */
  let grid = gridTo(bound, n)
  let density = grid.x.map((x) => normalDensity(x / Math.sqrt(n)) / Math.sqrt(n))
  for (const next of looks.slice(1)) {
    const step = Math.sqrt(next - n)
    const edge = bound * Math.sqrt(next)
    const { x, weight } = grid
    crossed += x.reduce(
      (sum, value, i) => sum + weight[i]! * density[i]! * (1 - normalCdf((edge - value) / step)),
      0,
    )
    const wider = gridTo(bound, next)
    const before = density
    density = wider.x.map((at) =>
      x.reduce(
        (sum, value, i) =>
          sum + (weight[i]! * before[i]! * normalDensity((at - value) / step)) / step,
        0,
      ),
    )
    grid = wider
    n = next
  }
  return crossed
}

const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)

/** Points of the sum of n observations up to the bound, with Simpson's weights. */
const gridTo = (
  bound: number,
  n: number,
): { readonly x: readonly number[]; readonly weight: readonly number[] } => {
  const [low, high] = [-8 * Math.sqrt(n), bound * Math.sqrt(n)]
  const step = (high - low) / points
  const indices = Array.from({ length: points + 1 }, (_, i) => i)
  return {
    x: indices.map((i) => low + i * step),
    weight: indices.map((i) => ((i === 0 || i === points ? 1 : i % 2 === 1 ? 4 : 2) * step) / 3),
  }
}
