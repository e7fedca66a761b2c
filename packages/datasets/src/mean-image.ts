import { RetableError } from '@retable/core/host'
import { accumulate } from './accumulate.js'
import type { AccumulateOptions, Accumulator } from './accumulate.js'
import type { Dataset } from './dataset.js'
import type { Image } from '@retable/transforms'
import { bytesOf } from './moments.js'

/** Collects the mean image: float32, HWC, values from 0 to 1; all images must have one shape. */
export const meanImageAccumulator = (): Accumulator<Image> => {
  let first: Image | undefined
  let sums = new Float64Array(0)
  let images = 0
  return {
    add: (image) => {
      const data = bytesOf(image, 'meanImage')
      if (first === undefined) {
        first = image
        sums = new Float64Array(data.length)
      }
      const { height, width, channels } = first
      if (image.height !== height || image.width !== width || image.channels !== channels) {
        throw new RetableError(
          'invalid-shape',
          `a mean image needs images of one shape: found ${image.height}×${image.width}×${image.channels} after ${height}×${width}×${channels}; resize and crop in the transform`,
        )
      }
      for (let i = 0; i < data.length; i++) sums[i]! += data[i]!
      images++
    },
    result: () => {
      if (first === undefined) {
        throw new RetableError('invalid-argument', 'meanImage needs at least one image, found none')
      }
      const { height, width, channels } = first
      const data = Float32Array.from(sums, (sum) => sum / images / 255)
      return { data, height, width, channels }
    },
  }
}

/**
 * The mean over a data set of each pixel and channel, as AlexNet subtracts from its inputs (§2): float32, HWC, values
 * from 0 to 1.
 *
 * @throws RetableError `invalid-shape` if images differ in shape: resize and crop them in `options.transform`.
 * @example
 * const mean = await meanImage(train)
 */
export const meanImage = async (
  dataset: Dataset,
  options: AccumulateOptions = {},
): Promise<Image> => {
  const [mean] = await accumulate<[Image]>(dataset, [meanImageAccumulator()], options)
  return mean
}
