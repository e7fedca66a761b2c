import { RetableError } from '@retable/core/host'
import { transformFromSpec } from '@retable/transforms'
import type { TransformSpec } from '@retable/transforms'
import type { Dataset, DatasetSpec, PixelStore } from './dataset.js'
import { sharedStore } from './image-store.js'
import type { LoaderTransform } from './make-batch.js'

/** What a worker thread makes the data set of: pixels in shared memory, or a description. */
export type WorkerSource =
  | {
      readonly kind: 'store'
      readonly name: string
      readonly classes: readonly string[]
      readonly store: PixelStore
    }
  | {
      readonly kind: 'spec'
      readonly spec: DatasetSpec
      /** of the set that the thread is to find again */
      readonly fingerprint: string
    }

/** A data set below its selections, and where each example of the selection lies in it. */
export interface Rooted {
  readonly root: Dataset
  /** undefined if the set is no selection */
  readonly at: Uint32Array | undefined
}

/** Follows a selection from a selection … down to the set itself. */
export const rootOf = (dataset: Dataset): Rooted => {
  let root = dataset
  let at: Uint32Array | undefined
  while (root.view !== undefined) {
    const { of, indices }: { of: Dataset; indices: Uint32Array } = root.view
    at = at === undefined ? indices : at.map((i) => indices[i]!)
    root = of
  }
  return { root, at }
}

const workerSource = (root: Dataset): WorkerSource => {
  const { name, classes, store, spec, fingerprint } = root
  if (store !== undefined) return { kind: 'store', name, classes, store: sharedStore(store) }
  if (spec !== undefined) return { kind: 'spec', spec, fingerprint }
  throw new RetableError(
    'invalid-argument',
    `${name} cannot be handed to worker threads: it has neither pixels in memory (store) nor a description (spec); leave workers at 0`,
  )
}

/**
 * How worker threads get a data set and a transform.
 *
 * @throws RetableError `invalid-argument` if they cannot: a set without store and spec, a transform that is a function
 * of your own or has one among its parts.
 */
export const describeForWorkers = (
  root: Dataset,
  transform: LoaderTransform | undefined,
): { readonly source: WorkerSource; readonly transform: TransformSpec | undefined } => {
  const spec = (transform as { readonly spec?: TransformSpec } | undefined)?.spec
  if (transform !== undefined && spec === undefined) {
    throw new RetableError(
      'invalid-argument',
      "the loader's transform cannot be handed to worker threads: it has no spec, as those of @retable/transforms have; leave workers at 0",
    )
  }
  // The thread does the same; here it fails before any thread is started.
  if (spec !== undefined) transformFromSpec(spec)
  return { source: workerSource(root), transform: spec }
}
