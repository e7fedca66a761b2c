import { join } from 'node:path'
import type { Store } from '../store/store.js'
import { shellQuote } from '../cli/shell-quote.js'

/** What a job array of workers asks of Slurm. */
export interface ArrayRequest {
  /** What `squeue` calls it. */
  readonly name: string
  /** The folder of results, in which the workers' logs are. */
  readonly store: Store
  /** Workers. */
  readonly workers: number
  /** CPUs per worker; undefined: the partition's default. */
  readonly threads?: number
  /** Options of sbatch, passed on as they are; the last of equal ones counts. */
  readonly options: readonly string[]
}

/** Seconds before the time limit at which Slurm sends SIGUSR2: time enough for a step and a checkpoint. */
const notice = 120

/**
 * The options of sbatch for an array of workers. Slurm tells the batch script only (`B:`), by SIGUSR2, since Node starts
 * its debugger on SIGUSR1.
 */
export const sbatchOptions = ({
  name,
  store,
  workers,
  threads,
  options,
}: ArrayRequest): readonly string[] => [
  `--job-name=${name}`,
  `--array=0-${workers - 1}%${workers}`,
  '--requeue',
  '--open-mode=append',
  `--signal=B:USR2@${notice}`,
  `--output=${join(store.dir, 'logs', 'slurm-%A_%a.log')}`,
  ...(threads === undefined ? [] : [`--cpus-per-task=${threads}`]),
  ...options,
]

/** The script of a worker: the shell becomes the worker, so that Slurm's signals reach it. */
export const jobScript = (words: readonly string[]): string =>
  `#!/bin/sh
# A signal that comes before the worker listens must not end it.
trap '' USR2
exec ${shellQuote(words)}
`
