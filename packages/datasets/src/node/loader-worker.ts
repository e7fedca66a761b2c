import { parentPort, workerData } from 'node:worker_threads'
import { createRandom, isRetableError, RetableError } from '@retable/core/host'
import { transformFromSpec } from '@retable/transforms'
import type { Dataset } from '../dataset.js'
import type { WorkerSource } from '../loader-worker-source.js'
import type { WorkerSetup } from '../loader-workers.js'
import { makeBatch } from '../make-batch.js'
import type { Recipe } from '../make-batch.js'
import { memoryDataset } from '../memory-dataset.js'
import type { BatchAnswer, BatchJob } from './loader-workers.js'

/** The program of a loader's worker thread: makes the data set once, then a batch for every job, one after the other. */

/** Files may have changed since the loader's set was opened: example i would be another one, under its label. */
const checkSame = (found: Dataset, fingerprint: string): Dataset => {
  if (found.fingerprint === fingerprint) return found
  throw new RetableError(
    'mismatch',
    `a worker thread of the loader opened ${found.name} again and found another set: ${found.length} examples with the fingerprint ${found.fingerprint.slice(0, 12)}, expected ${fingerprint.slice(0, 12)}; has it changed since it was opened? Open it again`,
  )
}

const open = async (source: WorkerSource): Promise<Dataset> => {
  switch (source.kind) {
    case 'store':
      return memoryDataset({ ...source, fingerprint: '' })
    case 'spec': {
      // Not needed, and so not loaded, for pixels in memory.
      const { datasetFromSpec } = await import('./dataset-from-spec.js')
      return checkSame(await datasetFromSpec(source.spec), source.fingerprint)
    }
    default:
      return source satisfies never
  }
}

const prepare = async ({ source, transform, random }: WorkerSetup): Promise<Recipe> => ({
  dataset: await open(source),
  transform: transform === undefined ? undefined : transformFromSpec(transform),
  random: createRandom(random.seed).stream(...random.path),
})

const port = parentPort!
const recipe = prepare(workerData as WorkerSetup)
// Its failure is reported with every batch.
recipe.catch(() => undefined)

const answer = async ({ id, plan, spare }: BatchJob): Promise<void> => {
  try {
    const batch = await makeBatch(await recipe, plan, spare)
    const made: BatchAnswer = { id, batch }
    port.postMessage(made, [
      batch.images.buffer as ArrayBuffer,
      batch.labels.buffer as ArrayBuffer,
      batch.indices.buffer as ArrayBuffer,
    ])
  } catch (error) {
    const code = isRetableError(error) ? error.code : 'unavailable'
    const message = error instanceof Error ? error.message : String(error)
    const failed: BatchAnswer = { id, error: { code, message } }
    port.postMessage(failed)
  }
}

let last = Promise.resolve()
port.on('message', (job: BatchJob) => {
  last = last.then(() => answer(job))
})
