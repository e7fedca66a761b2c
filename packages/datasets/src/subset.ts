import { RetableError, checkOptions, sha256Hex } from '@retable/core/host'
import { checkIndex } from './check-index.js'
import type { Dataset } from './dataset.js'

/** The start of a set: its first `limit` examples, its first `perClass` of every class, or the former of the latter. */
export interface SubsetSize {
  /** the first so many examples */
  readonly limit?: number
  /** the first so many of each class */
  readonly perClass?: number
}

const checkSize = (what: string, value: number): void => {
  if (!Number.isInteger(value) || value < 1) {
    throw new RetableError(
      'invalid-argument',
      `a subset's ${what} is an integer of at least 1, found ${value}`,
    )
  }
}

const start = (dataset: Dataset, { limit = Infinity, perClass }: SubsetSize): Uint32Array => {
  if (limit !== Infinity) checkSize('limit', limit)
  if (perClass === undefined) {
    return Uint32Array.from({ length: Math.min(limit, dataset.length) }, (_, i) => i)
  }
  checkSize('perClass', perClass)
  if (dataset.labelAt === undefined) {
    throw new RetableError(
      'invalid-argument',
      `${dataset.name} cannot be cut to ${perClass} examples per class: it has no labelAt`,
    )
  }
  const seen = new Uint32Array(dataset.classes.length)
  const indices: number[] = []
  for (let i = 0; i < dataset.length && indices.length < limit; i++) {
    const label = dataset.labelAt(i)
    if (seen[label]! < perClass) {
      seen[label]!++
      indices.push(i)
    }
  }
  const short = seen.findIndex((n) => n < perClass)
  if (short >= 0 && indices.length < limit) {
    throw new RetableError(
      'invalid-argument',
      `${dataset.name} has ${seen[short]} examples of class ${dataset.classes[short]}, expected at least ${perClass}`,
    )
  }
  return Uint32Array.from(indices)
}

/**
 * Some examples of `dataset`: those at `indices`, in that order (an index may come more than once), or the start of the
 * set that `{ limit, perClass }` describes. A `limit` beyond the set's length takes all of it.
 *
 * @throws RetableError `invalid-argument` for an index that the set does not have, no index at all, or more examples of
 * a class than there are.
 * @example
 * const evens = subset(train, Array.from({ length: 100 }, (_, i) => 2 * i))
 * const few = subset(train, { perClass: 50 })
 */
export const subset = (dataset: Dataset, which: ArrayLike<number> | SubsetSize): Dataset => {
  const listed = typeof which === 'object' && 'length' in which
  if (!listed) checkOptions('subset', which, { limit: true, perClass: true })
  const indices = listed ? which : start(dataset, which)
  if (indices.length === 0) {
    throw new RetableError(
      'invalid-argument',
      `a subset of ${dataset.name} needs at least one index`,
    )
  }
  for (let i = 0; i < indices.length; i++) checkIndex(dataset.name, dataset.length, indices[i]!)
  const kept = Uint32Array.from(indices)
  const at = (i: number) => kept[checkIndex(dataset.name, kept.length, i)]!
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
      : { spec: { kind: 'subset', of: dataset.spec, indices: [...kept] } }),
    ...(dataset.labelAt === undefined ? {} : { labelAt: (i: number) => dataset.labelAt!(at(i)) }),
    get: (i) => dataset.get(at(i)),
  }
}
