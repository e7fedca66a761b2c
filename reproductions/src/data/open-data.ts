import { RetableError, unknownName } from '@retable/core'
import { synthetic } from '@retable/datasets'
import type { Dataset } from '@retable/datasets'
import { cifar10 } from '@retable/datasets/node'
import type { JsonObject, OpenedData } from '@retable/harness'

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

const setNames = ['synthetic', 'cifar10', 'imagenet'] as const

/**
 * Opens what a unit asked for. `dir` is `--data` or RETABLE_DATA; `data` in the current folder where neither is given.
 * CIFAR-10 is downloaded there where it is missing and the network allows.
 *
 * RETABLE_DATA_NOTE, where set, is kept with every result made from files: what a reader must know of these copies.
 *
 * @throws RetableError `unknown-name` for a set that is none; what the set's reader throws.
 */
export const openData = async (
  request: JsonObject,
  { dir = 'data' }: { readonly dir: string | undefined },
): Promise<OpenedDataset> => {
  const wanted = request as DataRequest
  switch (wanted.set) {
    case 'synthetic': {
      const { seed, split, size } = wanted
      const dataset = synthetic({ seed, split, size })
      return { dataset, fingerprint: dataset.fingerprint }
    }
    case 'cifar10': {
      const dataset = await cifar10({ dir, split: wanted.split, download: true })
      const note = process.env['RETABLE_DATA_NOTE']
      return { dataset, fingerprint: dataset.fingerprint, ...(note ? { note } : {}) }
    }
    case 'imagenet':
      throw new RetableError('unavailable', 'ImageNet cannot be opened yet')
    default: {
      const unknown: { set?: unknown } = wanted satisfies never
      if (typeof unknown.set !== 'string') {
        throw new RetableError('invalid-argument', 'a data request names no set')
      }
      throw unknownName('data set', unknown.set, setNames)
    }
  }
}
