import type { Dataset } from '@retable/datasets'
import type { OpenedData } from '@retable/harness'

/** A data set as a unit asks for it: which, and which part. Plain JSON, part of a run's configuration. */
export type DataRequest =
  | {
      readonly set: 'synthetic'
      readonly split: 'train' | 'test'
      readonly seed: number
      readonly size: number
    }
  | { readonly set: 'cifar10'; readonly split: 'train' | 'test' }
  | { readonly set: 'imagenet'; readonly split: 'train' | 'val' }

/** An opened set: the harness keeps its fingerprint, units read its examples. */
export interface OpenedDataset extends OpenedData {
  readonly dataset: Dataset
}
