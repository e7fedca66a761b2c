import { resolve } from 'node:path'
import type { Unit } from '../../unit/unit.js'
import { unitKey } from '../../unit/unit-key.js'
import { counted } from '../../report/text/format-number.js'
import { createSlurmExecutor, type SlurmExecutor, type Submitted } from '../run/executors/slurm.js'
import { sbatchOptions, type ArrayRequest } from '../slurm/job-script.js'
import type { SlurmTask } from '../slurm/slurm.js'
import type { Store } from '../store/store.js'
import { commandLine } from './choice.js'
import { slurmOptions } from './cluster-options.js'
import type { CommandContext } from './options.js'
import type { RunOptions } from './run-options.js'
import type { PlannedTable } from './run-plans.js'
import { shellQuote } from './shell-quote.js'

/** At most so many workers unless `--jobs` says another number. */
const usualWorkers = 8

/** As many workers as there are units that wait for no other. */
export const workersFor = (pending: readonly Unit[]): number => {
  const keys = new Set(pending.map(unitKey))
  const free = pending.filter(({ needs }) =>
    Object.values(needs).every((need) => !keys.has(unitKey(need))),
  )
  return Math.max(1, Math.min(usualWorkers, free.length))
}

const requestOf = (
  { threads, ...chosen }: RunOptions,
  { name }: CommandContext,
): Omit<ArrayRequest, 'store' | 'workers'> => ({
  name,
  ...(threads === undefined ? {} : { threads }),
  options: slurmOptions(chosen),
})

/** The executor whose workers are this command's own `work`. */
export const slurmExecutorFor = (
  chosen: RunOptions,
  options: CommandContext,
  store: Store,
): SlurmExecutor =>
  createSlurmExecutor({
    store,
    request: requestOf(chosen, options),
    worker: [
      ...[process.execPath, resolve(options.entry ?? process.argv[1]!), 'work'],
      ...['--results', store.dir],
      ...(chosen.retries === 0 ? [] : ['--retries', String(chosen.retries)]),
    ],
  })

/** The call of sbatch that a run would make. */
export const sbatchText = (chosen: RunOptions, options: CommandContext, store: Store): string => {
  const request = requestOf(chosen, options)
  const words = sbatchOptions({ ...request, store, workers: chosen.jobs })
  return `${shellQuote(['sbatch', ...words])}\n`
}

/** What was submitted, how to look at it, how to stop it, and how to read the tables. */
export const submittedText = (
  submitted: Submitted | { readonly tasks: readonly SlurmTask[] },
  tables: readonly PlannedTable[],
  { results, wait }: RunOptions,
  { typed }: CommandContext,
): string => {
  const where = results === 'results' ? [] : ['--results', results]
  const own = (...words: readonly string[]) => shellQuote([...typed, ...words, ...where])
  const jobs =
    'job' in submitted
      ? [submitted.job]
      : [...new Set(submitted.tasks.map(({ id }) => id.split('_')[0]!))]
  const what =
    'job' in submitted
      ? `Slurm job ${submitted.job}: ${counted(submitted.workers, 'worker')}`
      : `Slurm has ${counted(submitted.tasks.length, 'worker')} on this folder already (job ${jobs.join(', ')}); none were added`
  const lines = [
    what,
    `  how far:  ${own('status', '--watch')}`,
    `  queue:    squeue --jobs ${jobs.join(',')}`,
    `  stop:     ${own('cancel')}`,
    ...(wait
      ? []
      : tables.map(
          ({ reproduction, choice }) =>
            `  table:    ${commandLine(typed, 'report', reproduction.id, choice, results)}`,
        )),
  ]
  return `${lines.join('\n')}\n`
}
