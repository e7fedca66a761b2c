import { RetableError } from '@retable/core'
import { checkIndex } from './check-index.js'
import type { Dataset } from './dataset.js'
import { sha256Hex } from './fingerprint.js'

/**
 * The examples of `dataset` at `indices`, in that order; an index may come more than once.
 *
 * @throws RetableError `invalid-argument` for an index that the set does not have, or no index at all.
 * @example
 * const evens = subset(train, Array.from({ length: 100 }, (_, i) => 2 * i))
 */
export const subset = (dataset: Dataset, indices: ArrayLike<number>): Dataset => {
  if (indices.length === 0) {
    throw new RetableError(
      'invalid-argument',
      `a subset of ${dataset.name} needs at least one index`,
    )
  }
  for (let i = 0; i < indices.length; i++) checkIndex(dataset.name, dataset.length, indices[i]!)
  const kept = Uint32Array.from(indices)
  let fingerprint: string | undefined
  return {
    name: dataset.name,
    classes: dataset.classes,
    length: kept.length,
    view: { of: dataset, indices: kept },
    get fingerprint() {
      fingerprint ??= sha256Hex(JSON.stringify(['subset', dataset.fingerprint, [...kept]]))
      return fingerprint
    },
    ...(dataset.spec === undefined
      ? {}
      : { spec: { name: 'subset', of: dataset.spec, indices: [...kept] } }),
    get: (i) => dataset.get(kept[checkIndex(dataset.name, kept.length, i)]!),
  }
}
