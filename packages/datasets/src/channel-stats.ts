import { RetableError } from '@retable/core/host'
import { accumulate } from './accumulate.js'
import type { AccumulateOptions, Accumulator } from './accumulate.js'
import type { Dataset } from './dataset.js'
import { covariance, momentsOf, totals } from './moments.js'

/** Means and standard deviations per channel, of pixel values from 0 to 1. */
export interface ChannelStats {
  /** over all pixels of all images */
  readonly mean: readonly number[]
  /** over all pixels of all images, divisor n: what `normalize` takes */
  readonly std: readonly number[]
  /** the mean over images of each image's own mean and standard deviation (divisor n − 1, as PyTorch's `std`) */
  readonly perImage: { readonly mean: readonly number[]; readonly std: readonly number[] }
  /** images counted */
  readonly images: number
  /** pixels counted */
  readonly pixels: number
}

/** Collects {@link ChannelStats}; images may differ in size. The sums over pixels are exact. */
export const channelStatsAccumulator = (): Accumulator<ChannelStats> => {
  let total: ReturnType<typeof totals> | undefined
  let channels = 0
  let images = 0
  const ownMeans: number[] = []
  const ownStds: number[] = []
  return {
    add: (image) => {
      if (total === undefined) {
        channels = image.channels
        total = totals(channels, false)
        for (let c = 0; c < channels; c++) ownMeans[c] = ownStds[c] = 0
      }
      const moments = momentsOf(image, channels, false, 'channelStats')
      total.add(moments)
      images++
      const n = moments.pixels
      for (let c = 0; c < channels; c++) {
        const sum = moments.sums[c]!
        const squares = moments.products[c]! - (sum * sum) / n
        ownMeans[c]! += sum / n / 255
        ownStds[c]! += n > 1 ? Math.sqrt(Math.max(0, squares) / (n - 1)) / 255 : 0
      }
    },
    result: () => {
      if (total === undefined) {
        throw new RetableError(
          'invalid-argument',
          'channelStats needs at least one image, found none',
        )
      }
      const { sums, products } = total
      const n = total.pixels()
      return {
        mean: sums.map((s) => Number(s) / Number(n) / 255),
        std: sums.map((s, c) => Math.sqrt(covariance(n, products[c]!, s, s)) / 255),
        perImage: {
          mean: ownMeans.map((m) => m / images),
          std: ownStds.map((s) => s / images),
        },
        images,
        pixels: Number(n),
      }
    },
  }
}

/**
 * Each channel's mean and standard deviation in both definitions in use, in one pass: over all pixels, and as the mean
 * over images of each image's own. On CIFAR-10's training set: mean 0.4914, 0.4822, 0.4465; std 0.2470, 0.2435, 0.2616
 * over all pixels and 0.2023, 0.1994, 0.2010 as the images' own.
 *
 * @throws RetableError `invalid-argument` for images of floats; what the data set throws.
 * @example
 * const { mean, std } = await channelStats(train)
 */
export const channelStats = async (
  dataset: Dataset,
  options: AccumulateOptions = {},
): Promise<ChannelStats> => {
  const [stats] = await accumulate<[ChannelStats]>(dataset, [channelStatsAccumulator()], options)
  return stats
}
