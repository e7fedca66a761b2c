import { Worker } from 'node:worker_threads'
import { RetableError } from '@retable/core/host'
import type { RetableErrorCode } from '@retable/core/host'
import { requireFrom } from '@retable/core/node'
import type { WorkerPool, WorkerSetup } from '../loader-workers.js'
import type { Batch, BatchPlan } from '../make-batch.js'

/** To a worker: make this batch. */
export interface BatchJob {
  readonly id: number
  readonly plan: BatchPlan
  readonly spare?: Float32Array
}

/** From a worker: the batch, or what went wrong. */
export type BatchAnswer =
  | { readonly id: number; readonly batch: Batch }
  | {
      readonly id: number
      readonly error: { readonly code: RetableErrorCode; readonly message: string }
    }

/** How long threads without work are kept. */
const IDLE_MS = 10_000

interface Waiting {
  readonly resolve: (batch: Batch) => void
  readonly reject: (error: RetableError) => void
}

const interrupted = () =>
  new RetableError(
    'interrupted',
    "the loader's worker threads were ended before this batch was made",
  )

/** Starts `count` threads. Threads without work keep no process alive, and end by themselves after ten seconds. */
export const startWorkers = (count: number, setup: WorkerSetup): WorkerPool => {
  // By the package's own name, so that sources under test find the compiled file too.
  const file = requireFrom(import.meta.url).resolve('@retable/datasets/loader-worker')
  let closed = false
  let nextId = 0
  let idle: NodeJS.Timeout | undefined

  const start = () => {
    const waiting = new Map<number, Waiting>()
    // The process's own flags (--input-type, --conditions …) are for its program, not for this one.
    const worker = new Worker(file, { workerData: setup, name: 'retable-loader', execArgv: [] })
    worker.unref()
    worker.on('message', (answer: BatchAnswer) => {
      const job = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (waiting.size === 0) worker.unref()
      if ('batch' in answer) job?.resolve(answer.batch)
      else job?.reject(new RetableError(answer.error.code, answer.error.message))
      rest()
    })
    const failed = (reason: string, cause?: unknown) => {
      close(
        new RetableError('unavailable', `a worker thread of the loader ended: ${reason}`, {
          cause,
        }),
      )
    }
    worker.on('error', (error) => failed(error.message, error))
    worker.on('exit', (code) => closed || failed(`exit code ${code}`))
    return { worker, waiting }
  }
  const threads = Array.from({ length: count }, start)

  const rest = () => {
    if (threads.some(({ waiting }) => waiting.size > 0)) return
    idle = setTimeout(close, IDLE_MS)
    idle.unref()
  }
  const close = (reason: RetableError = interrupted()) => {
    closed = true
    clearTimeout(idle)
    for (const { worker, waiting } of threads) {
      for (const { reject } of waiting.values()) reject(reason)
      waiting.clear()
      void worker.terminate()
    }
  }

  return {
    get closed() {
      return closed
    },
    close: () => close(),
    make: (plan, spare) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(interrupted())
        clearTimeout(idle)
        const least = threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a))
        const id = nextId++
        least.waiting.set(id, { resolve, reject })
        least.worker.ref()
        const job: BatchJob = { id, plan, ...(spare === undefined ? {} : { spare }) }
        least.worker.postMessage(job, spare === undefined ? [] : [spare.buffer as ArrayBuffer])
      }),
  }
}
