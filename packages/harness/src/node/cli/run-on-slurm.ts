import { resolve } from 'node:path'
import type { Unit } from '../../unit/unit.js'
import { unitKey } from '../../unit/unit-key.js'
import { counted } from '../../report/text/format-number.js'
import { createSlurmExecutor, type SlurmExecutor, type Submitted } from '../run/executors/slurm.js'
import { sbatchOptions, type ArrayRequest } from '../slurm/job-script.js'
import type { Store } from '../store/store.js'
import { commandLine, resultsWords } from './choice.js'
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

/** The command line that stops the workers on a folder of results. */
export const cancelLine = (typed: readonly string[], results: string): string =>
  shellQuote([...typed, 'cancel', ...resultsWords(results)])

/** What was submitted, how to look at it, how to stop it, and how to read the tables. */
export const submittedText = (
  { jobs, workers, isNew }: Submitted,
  tables: readonly PlannedTable[],
  { results, wait }: RunOptions,
  { typed }: CommandContext,
): string => {
  const job = jobs.join(', ')
  const what = isNew
    ? `Slurm job ${job}: ${counted(workers, 'worker')}`
    : `Slurm has ${counted(workers, 'worker')} on this folder already (job ${job}); none were added`
  const lines = [
    what,
    `  how far:  ${shellQuote([...typed, 'status', '--watch', ...resultsWords(results)])}`,
    `  queue:    squeue --jobs ${jobs.join(',')}`,
    `  stop:     ${cancelLine(typed, results)}`,
    ...(wait
      ? []
      : tables.map(
          ({ reproduction, choice }) =>
            `  table:    ${commandLine(typed, 'report', reproduction.id, choice, results)}`,
        )),
  ]
  return `${lines.join('\n')}\n`
}
