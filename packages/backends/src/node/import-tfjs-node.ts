import { availableParallelism } from 'node:os'
import util from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { RetableError } from '@retable/core'
import type { TfjsNodeOptions } from '../driver.js'
import { importOptional } from './import-optional.js'

const threadsVariable = 'TF_NUM_INTRAOP_THREADS'

/** libtensorflow's threads, once one of the packages is loaded: the library reads the environment once. */
let loadedWith: number | undefined

/**
 * Imports `@tensorflow/tfjs-node` or `-node-gpu` and makes it work on this version of Node.
 *
 * libtensorflow takes its number of threads from the environment when it first runs, and tfjs-node has no option for it. So
 * `threads` sets `TF_NUM_INTRAOP_THREADS`, in the process that loads the library first. Its notes about this machine's processor
 * are left out of standard error unless `TF_CPP_MIN_LOG_LEVEL` is set.
 *
 * @returns its exports and its threads, undefined if it is not installed
 * @throws RetableError 'invalid-argument' if the library is loaded already with other threads, or in a worker thread, whose
 *   environment native code does not see
 */
export const importTfjsNode = async (
  specifier: string,
  { threads }: TfjsNodeOptions,
): Promise<{ readonly threads: number } | undefined> => {
  if (threads !== undefined && threads !== loadedWith) {
    if (loadedWith !== undefined) {
      throw new RetableError(
        'invalid-argument',
        `libtensorflow runs with ${loadedWith} threads and cannot change them in one process; start another process for ${threads}`,
      )
    }
    if (!isMainThread) {
      throw new RetableError(
        'invalid-argument',
        `libtensorflow's threads cannot be set in a worker thread: set ${threadsVariable}=${threads} in the environment of the process`,
      )
    }
    process.env[threadsVariable] = String(threads)
  }
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1'
  supplyUtilities()
  if (!(await importOptional(specifier))) return undefined
  loadedWith ??= Number(process.env[threadsVariable]) || availableParallelism()
  return { threads: loadedWith }
}

/** What tfjs-node 4.22 calls of `node:util`, and Node 23 has no longer. */
const supplyUtilities = (): void => {
  const missing = {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  }
  for (const [name, value] of Object.entries(missing)) {
    if (!(name in util)) Object.assign(util, { [name]: value })
  }
}
