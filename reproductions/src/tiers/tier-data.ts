import type { DataRequest } from '../data/open-data.js'

/** What a net is trained and tested on. */
interface TrainAndTest {
  readonly train: DataRequest
  readonly test: DataRequest
}

/** Images of the synthetic tiers, drawn as they are asked for: 32 pixels a side, ten classes. */
export const syntheticData: TrainAndTest = {
  train: { set: 'synthetic', split: 'train', seed: 1, size: 32 },
  test: { set: 'synthetic', split: 'test', seed: 1, size: 32 },
}

export const cifar10Data: TrainAndTest = {
  train: { set: 'cifar10', split: 'train' },
  test: { set: 'cifar10', split: 'test' },
}

/** ILSVRC-2012, tested on its validation images, as both papers do. */
export const imagenetData: TrainAndTest = {
  train: { set: 'imagenet', split: 'train' },
  test: { set: 'imagenet', split: 'val' },
}
