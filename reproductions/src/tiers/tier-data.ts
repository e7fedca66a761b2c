import type { DataRequest } from '../data/data-request.js'

/** What a net is trained and tested on. A type, not an interface: it is part of a tier's settings, which are plain JSON. */
export type TrainAndTest = {
  readonly train: DataRequest
  readonly test: DataRequest
  /** how many images these hold */
  readonly trainImages: number
  readonly testImages: number
}

/** At the data set's own difficulty, 0.5, rounding decides whether a deep net leaves its plateau within a few hundred updates. */
const difficulty = 0.25

/** Images of the synthetic tiers, drawn as they are asked for: 32 pixels a side, ten classes, easier than the set's default. */
export const syntheticData: TrainAndTest = {
  train: { kind: 'synthetic', split: 'train', seed: 1, size: 32, difficulty },
  test: { kind: 'synthetic', split: 'test', seed: 1, size: 32, difficulty },
  trainImages: 10_000,
  testImages: 10_000,
}

export const cifar10Data: TrainAndTest = {
  train: { kind: 'cifar10', split: 'train' },
  test: { kind: 'cifar10', split: 'test' },
  trainImages: 50_000,
  testImages: 10_000,
}

/** ILSVRC-2012, tested on its validation images, as both papers do. */
export const imagenetData: TrainAndTest = {
  train: { kind: 'imagenet', split: 'train' },
  test: { kind: 'imagenet', split: 'val' },
  trainImages: 1_281_167,
  testImages: 50_000,
}
