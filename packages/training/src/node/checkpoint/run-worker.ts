import { Worker } from 'node:worker_threads'
import { requireFrom } from '@retable/core/node'
import type { CheckpointAnswer, CheckpointJob } from './worker.js'

/**
 * Does a job in a thread of its own: hashing a gigabyte takes the better part of a second, writing it longer.
 *
 * @throws the system's error, with its `code`.
 */
export const inWorker = (job: CheckpointJob): Promise<string> =>
  new Promise((resolve, reject) => {
    // By the package's own name, so that sources under test find the compiled file too.
    const file = requireFrom(import.meta.url).resolve('@retable/training/checkpoint-worker')
    const worker = new Worker(file, { workerData: job, name: 'retable-checkpoint', execArgv: [] })
    worker.once('message', (answer: CheckpointAnswer) => {
      if ('sha256' in answer) resolve(answer.sha256)
      else reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the thread that writes checkpoints ended early')))
  })
