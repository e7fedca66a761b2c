import { RetableError } from '@retable/core/host'
import type { TransformSpec } from '@retable/transforms'
import type { Batch, BatchPlan } from './make-batch.js'
import type { WorkerSource } from './loader-worker-source.js'

/** All that a worker thread is given when it starts; survives the structured clone. */
export interface WorkerSetup {
  readonly source: WorkerSource
  readonly transform: TransformSpec | undefined
  readonly random: { readonly seed: string | number; readonly path: readonly (string | number)[] }
}

/** Threads that make batches. */
export interface WorkerPool {
  /** Hands a plan to the thread with the least to do. `spare` is moved there and filled. */
  make(plan: BatchPlan, spare?: Float32Array): Promise<Batch>
  /** Ends the threads; what they were making is rejected with `interrupted`. */
  close(): void
  readonly closed: boolean
}

/** Starts `count` threads; this is what browsers get in place of `node/loader-workers.ts`. */
export const startWorkers = (_count: number, _setup: WorkerSetup): WorkerPool => {
  throw new RetableError(
    'unavailable',
    "the loader's worker threads need Node; leave workers at 0 in a browser",
  )
}
