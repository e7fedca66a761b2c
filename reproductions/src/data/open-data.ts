import { RetableError, unknownName } from '@retable/core'
import { synthetic } from '@retable/datasets'
import { cifar10, imagenet } from '@retable/datasets/node'
import type { BrokenImage } from '@retable/datasets/node'
import type { JsonObject } from '@retable/harness'
import type { DataRequest, OpenedDataset } from './data-request.js'

export type { DataRequest, OpenedDataset } from './data-request.js'

/** What a reader of results must know of the files they were made from. */
const noteOn = (broken: readonly BrokenImage[]): { readonly note?: string } => {
  const own = process.env['RETABLE_DATA_NOTE'] ?? ''
  const left = broken.map(({ path, reason }) => `${path} (${reason})`).join(', ')
  const note = [own, left === '' ? '' : `left out, as they cannot be decoded: ${left}`]
  return note.some(Boolean) ? { note: note.filter(Boolean).join('; ') } : {}
}

const setNames = ['synthetic', 'cifar10', 'imagenet'] as const

/**
 * Opens what a unit asked for. `dir` is `--data` or RETABLE_DATA; `data` in the current folder where neither is given.
 * CIFAR-10 is downloaded there where it is missing and the network allows.
 *
 * ImageNet is read as `imagenet` finds it; images that cannot be decoded are left out, and named in the note.
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
      return { dataset, fingerprint: dataset.fingerprint, ...noteOn([]) }
    }
    case 'imagenet': {
      const dataset = await imagenet({ dir, split: wanted.split, broken: 'skip' })
      return { dataset, fingerprint: dataset.fingerprint, ...noteOn(dataset.broken) }
    }
    default: {
      const unknown: { set?: unknown } = wanted satisfies never
      if (typeof unknown.set !== 'string') {
        throw new RetableError('invalid-argument', 'a data request names no set')
      }
      throw unknownName('data set', unknown.set, setNames)
    }
  }
}
