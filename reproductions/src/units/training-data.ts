import type { Params, Random } from '@retable/core'
import { loader } from '@retable/datasets'
import type { Dataset, Loader, LoaderOptions } from '@retable/datasets'
import { modelFromSpec, transferFrom } from '@retable/models'
import type { Model } from '@retable/models'
import type { TrainConfig } from './configs.js'
import { measurePixels, trainTransform, validationTransform } from './input.js'
import type { PixelStatistics } from './input.js'
import { heldOut, limited } from './select.js'

/** What a net learns from. */
export interface TrainingData {
  /** of the data set */
  readonly classes: number
  /** augmented, in the seed's order */
  readonly batches: Loader
  /** updates in all */
  readonly steps: number
  /** central crops of the validation images, and how many these are; undefined if there are none */
  readonly validation: { readonly batches: Loader; readonly images: number } | undefined
  /** what was measured on the training images */
  readonly pixels: PixelStatistics
}

/**
 * Where a net draws from, given what its seed draws from: nets that are averaged draw apart, and so do the stages of one
 * training, each of which counts its epochs from 0.
 */
export const drawsOf = ({ member, stage }: TrainConfig, random: Random): Random => {
  const own = member === undefined ? random : random.stream('member', member)
  return stage === undefined ? own : own.stream('stage', stage)
}

/**
 * Opens a net's images, holds out those it is validated on, measures the pixels and makes the batches.
 *
 * @param random what {@link drawsOf} gives
 * @param open opens a data set that the configuration names
 */
export const trainingData = async (
  config: TrainConfig,
  random: Random,
  open: (request: TrainConfig['data']) => Promise<{ readonly dataset: Dataset }>,
  { workers }: Pick<LoaderOptions, 'workers'> = {},
): Promise<TrainingData> => {
  const { learning, input } = config
  const { batchSize, length } = learning
  const { dataset } = await open(config.data)
  const { train, validation: share } = heldOut(
    limited(dataset, config.limit),
    config.validation,
    random,
  )
  const validation = config.validationData ? (await open(config.validationData)).dataset : share
  const pixels = await measurePixels(train, input)
  const batches = loader(train, {
    batchSize,
    shuffle: true,
    dropLast: train.length >= batchSize,
    random: random.stream('data'),
    transform: trainTransform(input, pixels),
    ...(workers !== undefined && { workers }),
  })
  return {
    classes: dataset.classes.length,
    batches,
    steps: 'steps' in length ? length.steps : length.epochs * batches.length,
    validation: validation && {
      batches: loader(validation, { batchSize, transform: validationTransform(input, pixels) }),
      images: validation.length,
    },
    pixels,
  }
}

/**
 * Drawn parameters, or those that a net takes over from a trained one.
 *
 * @param random what {@link drawsOf} gives
 * @param source the trained net's, if the configuration has `startFrom`; the caller disposes of them
 */
export const startingParams = (
  { startFrom }: TrainConfig,
  random: Random,
  model: Model,
  source: Params = {},
): Params => {
  const drawn = random.stream('init')
  if (startFrom === null) return model.init(drawn)
  const { net, layers } = startFrom
  return transferFrom(modelFromSpec(net), source, model, drawn, { layers })
}
