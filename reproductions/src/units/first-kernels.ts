import { createRandom, disposeParams } from '@retable/core'
import type { Random } from '@retable/core'
import { defineUnit } from '@retable/harness'
import { numbersOnly } from './estimates.js'
import type { UnitFactory } from '@retable/harness'
import { readWeights } from './train-net.js'

/** Which layer is looked at, and how often chance splits its kernels. */
export type KernelsConfig = {
  /** the layer's name */
  readonly layer: string
  /** groups that the kernels fall into, in order; 2 for AlexNet's two towers */
  readonly towers: number
  /** random splits into groups of the same sizes that the towers are held against */
  readonly splits: number
}

/**
 * How much of a kernel is color: the share of its squared weights that is left when each place's mean over the three
 * channels is taken away. 0: gray; 1: no gray at all; 2/3 for independent weights.
 *
 * `values` is [places, 3, filters] row-major; one number a filter.
 *
 * @example
 * colorOf([1, 1, 1, 1, 1, -1], 2) // one place; filter 0 has weights (1, 1, 1): 0; filter 1 (1, 1, -1): 8/9
 */
export const colorOf = (values: ArrayLike<number>, filters: number): readonly number[] => {
  const places = values.length / (3 * filters)
  return Array.from({ length: filters }, (_, f) => {
    let color = 0
    let all = 0
    for (let p = 0; p < places; p++) {
      const rgb = [0, 1, 2].map((c) => values[(p * 3 + c) * filters + f]!)
      const gray = (rgb[0]! + rgb[1]! + rgb[2]!) / 3
      for (const value of rgb) {
        color += (value - gray) ** 2
        all += value ** 2
      }
    }
    return all > 0 ? color / all : 0
  })
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** The largest mean of a group less the smallest, the groups being equal parts in order. */
export const spreadOf = (color: readonly number[], towers: number): number => {
  const size = color.length / towers
  const means = Array.from({ length: towers }, (_, t) =>
    meanOf(color.slice(t * size, (t + 1) * size)),
  )
  return Math.max(...means) - Math.min(...means)
}

/** The mean spread of random splits into as many groups: what no specialization gives. */
export const chanceSpread = (
  color: readonly number[],
  towers: number,
  splits: number,
  random: Random,
): number =>
  meanOf(
    Array.from({ length: splits }, (_, i) => {
      const order = random.stream('split', i).permutation(color.length)
      return spreadOf(
        Array.from(order, (at) => color[at]!),
        towers,
      )
    }),
  )

/**
 * The kernels of a trained net's first layer (AlexNet, Figure 3) and how they divide between its towers. Metrics, as
 * shares from 0 to 1: `colorful` and `gray`, the mean color of the most and the least colorful tower, `spread`, the
 * difference, and `chance`, the mean difference of random splits of the same kernels. Extra `kernels`.
 */
export const firstKernels: UnitFactory<KernelsConfig> = defineUnit<KernelsConfig>({
  kind: 'first-kernels',
  version: 2,
  estimate: () => numbersOnly,
  run: async ({ config: { layer, towers, splits }, needs, seed }) => {
    const params = await readWeights(needs['net']!.artifacts['weights']!)
    try {
      const kernel = params[`${layer}/kernel`]!
      const values = Array.from(await kernel.data())
      const [height, width, channels, filters] = kernel.shape as [number, number, number, number]
      const color = colorOf(values, filters)
      const size = filters / towers
      const means = Array.from({ length: towers }, (_, t) =>
        meanOf(color.slice(t * size, (t + 1) * size)),
      )
      return {
        metrics: {
          colorful: Math.max(...means),
          gray: Math.min(...means),
          spread: spreadOf(color, towers),
          chance: chanceSpread(color, towers, splits, createRandom(seed ?? 0).stream('chance')),
        },
        extra: { kernels: { shape: [height, width, channels, filters], values, towers } },
      }
    } finally {
      disposeParams(params)
    }
  },
})
