import { channelStats, pcaOfPixels } from '@retable/datasets'
import type { Dataset, PixelPca } from '@retable/datasets'
import type { JsonObject } from '@retable/harness'
import {
  compose,
  normalize,
  pcaColor,
  randomHorizontalFlip,
  resize,
  scaleAndCrop,
} from '@retable/transforms'
import type { Transform } from '@retable/transforms'

/** What a net is shown in training, as plain JSON. Sizes in pixels. */
export type TrainInput = {
  /** S: the shorter side of the rescaled image, drawn uniformly from [S_min, S_max] for each (VGG §3.1) */
  readonly scale: readonly [number, number]
  /** side of the random crop */
  readonly crop: number
  /** probability of the mirror image */
  readonly flip: number
  /** AlexNet's RGB colour shift */
  readonly colour: boolean
  readonly pixels: PixelScale
}

/** `levels`: grey levels from 0 to 255 less the mean RGB, as both papers; `unit-variance`: divided by the standard deviation too. */
export type PixelScale = 'levels' | 'unit-variance'

/** What is measured on the training images before training; kept with the result, as testing needs it. */
export interface PixelStatistics {
  /** per channel, of values from 0 to 1 */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly pca: PixelPca | null
}

/** Measures the training images in one pass each. */
export const measurePixels = async (
  dataset: Dataset,
  input: TrainInput,
): Promise<PixelStatistics> => {
  const { mean, std } = await channelStats(dataset)
  return { mean, std, pca: input.colour ? await pcaOfPixels(dataset) : null }
}

/** Statistics out of a stored result. */
export const statisticsFrom = (extra: JsonObject): PixelStatistics =>
  extra['pixels'] as unknown as PixelStatistics

const scalePixels = (pixels: PixelScale, { mean, std }: PixelStatistics): Transform =>
  normalize({ mean, std: pixels === 'levels' ? mean.map(() => 1 / 255) : std })

/** The transform of training images. */
export const trainTransform = (input: TrainInput, statistics: PixelStatistics): Transform =>
  compose([
    scaleAndCrop({ scale: input.scale, size: input.crop }),
    randomHorizontalFlip({ p: input.flip }),
    ...(statistics.pca ? [pcaColor(statistics.pca)] : []),
    scalePixels(input.pixels, statistics),
  ])

/** The transform of test images: shorter side `Q`, pixels as in training. */
export const testTransform = (
  Q: number,
  pixels: PixelScale,
  statistics: PixelStatistics,
): Transform => compose([resize({ size: Q }), scalePixels(pixels, statistics)])
