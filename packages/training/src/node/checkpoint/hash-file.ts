import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** SHA-256 of a file in hex, computed in a thread of its own: a gigabyte takes the better part of a second. */
export const hashFile = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    // By the package's own name, so that sources under test find the compiled file too.
    const file = createRequire(import.meta.url).resolve('@retable/training/hash-worker')
    const worker = new Worker(file, { workerData: path, name: 'retable-hash', execArgv: [] })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error(`the thread that hashes ${path} ended early`)))
  })
