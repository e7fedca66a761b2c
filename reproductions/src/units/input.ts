import { unitFiles } from '#unit-files'
import { RetableError } from '@retable/core'
import { channelStats, meanImage, pcaOfPixels } from '@retable/datasets'
import type { Dataset, PixelPca } from '@retable/datasets'
import type { Deviation, JsonObject } from '@retable/harness'
import {
  centerCrop,
  compose,
  normalize,
  pcaColor,
  randomCrop,
  randomHorizontalFlip,
  resize,
  scaleAndCrop,
  subtractMeanImage,
} from '@retable/transforms'
import type { Image, SubtractMeanImageOptions, Transform } from '@retable/transforms'

/** What a net is shown in training, as plain JSON. Sizes in pixels. */
export type TrainInput = {
  /** S: the shorter side of the rescaled image, drawn uniformly from [S_min, S_max] for each (VGG §3.1) */
  readonly scale: readonly [number, number]
  /** side of the random crop */
  readonly crop: number
  /** probability of the mirror image */
  readonly flip: number
  /** AlexNet's RGB color shift */
  readonly color: boolean
  readonly pixels: PixelScale
  /** crops come from the central square of the rescaled image, S pixels wide (AlexNet §2); else from all of it */
  readonly square?: boolean
  /** `center`: the crop is the central one, and not drawn; `random` unless given */
  readonly place?: 'random' | 'center'
  /** what is subtracted: each channel's mean (VGG §2.1; unless given), or the mean image (AlexNet §2; wants `square`) */
  readonly mean?: 'rgb' | 'image'
}

/** `levels`: gray levels from 0 to 255 less the mean RGB, as both papers; `unit-variance`: divided by the standard deviation too. */
export type PixelScale = 'levels' | 'unit-variance'

/** What is measured on the training images before training; kept with the result, as testing needs it. */
export interface PixelStatistics {
  /** per channel, of values from 0 to 1 */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly pca: PixelPca | null
  /** the mean image of S×S pixels, if that is subtracted */
  readonly meanImage?: SubtractMeanImageOptions['mean']
}

/** On what scale PCA color is worked out, which neither paper says. */
export const pcaColorDeviation: Deviation = {
  what: 'PCA color is worked out on pixels from 0 to 1: λ is a variance of those, and the shift is scaled as the pixels are',
  why: 'the papers name no scale; on gray levels from 0 to 255 λ would be 255² times as large, and shifts of some five hundred levels',
  effect: 'shifts of about two gray levels',
}

/** The images as they are before crops are taken: rescaled, and their central square if that is asked for. */
const frame = (S: number, square: boolean): Transform =>
  compose([resize({ size: S }), ...(square ? [centerCrop({ size: S })] : [])])

/** The one scale of an input that allows only one. */
const fixedScale = ({ scale: [low, high] }: TrainInput, what: string): number => {
  if (low === high) return low
  throw new RetableError(
    'invalid-argument',
    `${what} wants one training scale, found [${low}, ${high}]`,
  )
}

/**
 * Measures the training images. Photographs are measured in one pass over the central squares of the images rescaled to
 * S (S_min of a range), and what was found is kept for later runs on the same images; images of one size, as they are.
 */
export const measurePixels = async (
  dataset: Dataset,
  input: TrainInput,
): Promise<PixelStatistics> => {
  if (dataset.name.startsWith('imagenet-')) return measurePhotographs(dataset, input)
  const { mean, std } = await channelStats(dataset)
  const pca = input.color ? await pcaOfPixels(dataset) : null
  if (input.mean !== 'image') return { mean, std, pca }
  const transform = frame(fixedScale(input, 'a mean image'), input.square ?? false)
  return { mean, std, pca, meanImage: asJson(await meanImage(dataset, { transform })) }
}

const measurePhotographs = async (
  dataset: Dataset,
  input: TrainInput,
): Promise<PixelStatistics> => {
  const S = input.mean === 'image' ? fixedScale(input, 'a mean image') : input.scale[0]
  const { channels, pca, meanImage } = await unitFiles.photographStatistics(dataset, frame(S, true))
  return {
    mean: channels.mean,
    std: channels.std,
    pca: input.color ? pca : null,
    ...(input.mean === 'image' && { meanImage: asJson(meanImage) }),
  }
}

/** A mean image with its values as text, as results keep it. */
const asJson = (image: Image): SubtractMeanImageOptions['mean'] => {
  const mean = { ...image, data: Float32Array.from(image.data) }
  return subtractMeanImage({ mean }).spec['mean'] as SubtractMeanImageOptions['mean']
}

/** Statistics out of a stored result. */
export const statisticsFrom = (extra: JsonObject): PixelStatistics =>
  extra['pixels'] as unknown as PixelStatistics

/** Subtracts the mean and scales; the mean image goes first if there is one, as crops are taken after it. */
const scalePixels = (pixels: PixelScale, statistics: PixelStatistics): Transform => {
  const { mean, std, meanImage: image } = statistics
  return normalize({
    mean: image ? mean.map(() => 0) : mean,
    std: pixels === 'levels' ? mean.map(() => 1 / 255) : std,
  })
}

const subtracted = ({ meanImage: mean }: PixelStatistics): readonly Transform[] =>
  mean ? [subtractMeanImage({ mean })] : []

/**
 * The transform of training images.
 *
 * @throws RetableError `invalid-argument` if a square, a center crop or a mean image meets a range of scales.
 */
export const trainTransform = (input: TrainInput, statistics: PixelStatistics): Transform => {
  const { scale, crop, square = false, place = 'random' } = input
  const cut =
    square || place === 'center'
      ? [
          frame(fixedScale(input, square ? 'a central square' : 'a central crop'), square),
          ...subtracted(statistics),
          place === 'center' ? centerCrop({ size: crop }) : randomCrop({ size: crop }),
        ]
      : [scaleAndCrop({ scale, size: crop })]
  return compose([
    ...cut,
    randomHorizontalFlip({ p: input.flip }),
    ...(statistics.pca ? [pcaColor(statistics.pca)] : []),
    scalePixels(input.pixels, statistics),
  ])
}

/** The transform of test images: shorter side `Q`, the central square if asked for, pixels as in training. */
export const testTransform = (
  Q: number,
  pixels: PixelScale,
  statistics: PixelStatistics,
  square: boolean = false,
): Transform =>
  compose([frame(Q, square), ...subtracted(statistics), scalePixels(pixels, statistics)])

/** The transform of validation images during training: the central crop at the middle of the training scales. */
export const validationTransform = (input: TrainInput, statistics: PixelStatistics): Transform =>
  compose([
    frame(Math.round((input.scale[0] + input.scale[1]) / 2), input.square ?? false),
    ...subtracted(statistics),
    centerCrop({ size: input.crop }),
    scalePixels(input.pixels, statistics),
  ])
