import { ownValue } from '@retable/core/host'
import type { ReportCurves } from '../figures.js'

/** One seed's line. */
export interface Line {
  readonly seed: number | null
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** A measure of one net over its seeds. */
export interface Spread {
  /** One a seed that has the measure. */
  readonly runs: readonly Line[]
  /** Where every run has a point: least, mean and greatest. Empty with one run. */
  readonly band: readonly {
    readonly x: number
    readonly low: number
    readonly mean: number
    readonly high: number
  }[]
}

/** Every name that a point of the curves has. */
export const curveNames = (curves: readonly ReportCurves[]): ReadonlySet<string> =>
  new Set(curves.flatMap(({ seeds }) => seeds.flatMap(({ curve }) => curve.flatMap(Object.keys))))

/** Takes measure `y` over `x` out of the curves of a net's seeds. */
export const spread = (seeds: ReportCurves['seeds'], x: string, y: string): Spread => {
  const runs = seeds
    .map(({ seed, curve }) => ({
      seed,
      points: curve.flatMap((point) => {
        const [at, value] = [ownValue(point, x), ownValue(point, y)]
        return at === undefined || value === undefined ? [] : [{ x: at, y: value }]
      }),
    }))
    .filter(({ points }) => points.length > 0)
  if (runs.length < 2) return { runs, band: [] }
  const byX = new Map<number, number[]>()
  for (const { points } of runs) {
    for (const point of points) byX.set(point.x, [...(byX.get(point.x) ?? []), point.y])
  }
  const band = [...byX]
    .filter(([, values]) => values.length === runs.length)
    .sort(([a], [b]) => a - b)
    .map(([at, values]) => ({
      x: at,
      low: Math.min(...values),
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      high: Math.max(...values),
    }))
  return { runs, band }
}
