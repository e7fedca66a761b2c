import { resolve } from 'node:path'
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { RetableError } from '@retable/core/host'
import { readLease } from '@retable/core/node'
import { missingUnits } from '../../plan/missing.js'
import { unitDefinitions } from '../../unit/pack.js'
import { parseResultFileName } from '../../unit/result-file.js'
import { unitKey } from '../../unit/unit-key.js'
import { createPlainDisplay } from '../display/plain.js'
import { errorText } from '../display/unit-text.js'
import { enqueue, failureOf, noteFailure, readQueue } from '../queue/queue.js'
import { createEstimate } from '../run/estimate.js'
import { createChildExecutor } from '../run/executors/child.js'
import { leaseOptions } from '../run/lease-options.js'
import { makeUnits } from '../run/schedule.js'
import type { UnitOutcome } from '../run/task.js'
import { removeLeftOvers } from '../store/left-overs.js'
import { openStore, type Store } from '../store/store.js'
import { ExitWith } from './exit.js'
import { listenForSignals } from './interrupt.js'
import type { CommandContext } from './options.js'
import { addRunOptions, type RunOptions } from './run-options.js'
import { planTables, tableOf } from './run-plans.js'
import { runSettings } from './run-settings.js'
import { failuresText } from './run-texts.js'

/** Adds `work`. */
export const addWorkCommand = (program: Command, options: CommandContext): void => {
  const command = program
    .command('work')
    .argument('[ids...]', 'reproductions to put into the queue first')
    .summary('work on what is queued in a results folder, beside other workers')
    .description(
      'Runs the units that are queued in a results folder, the most expensive free one first, each in a child process. ' +
        'Any number of workers on any machines may share the folder: each unit is run once. With ids, their units are ' +
        'put into the queue first. On SIGTERM or SIGUSR2 it writes a checkpoint, which any worker resumes from, and ends.',
    )
  addRunOptions(command, options).action((ids: readonly string[], chosen: RunOptions) =>
    work(ids, chosen, options),
  )
}

const work = async (
  ids: readonly string[],
  chosen: RunOptions,
  options: CommandContext,
): Promise<void> => {
  const { name, stdout = process.stdout, stderr = process.stderr } = options
  const store = openStore(chosen.results)
  store.prepare()
  removeLeftOvers(store)
  if (ids.length > 0) enqueueTables(ids, chosen, options, store)
  const queue = readQueue(store, unitDefinitions(options.units))
  if (queue.length === 0) {
    throw new RetableError(
      'not-found',
      `nothing is queued in ${store.dir}; name tables to put them into the queue: ${name} work ID`,
    )
  }
  const settings = new Map(queue.map((queued) => [unitKey(queued.unit), queued.settings]))
  const executor = createChildExecutor({
    entry: options.entry ?? process.argv[1]!,
    store,
    reuse: true,
  })
  const interruption = listenForSignals(stderr, name, () => executor.kill(), ['SIGUSR2'])
  const { signal } = interruption
  const estimate = createEstimate(chosen.jobs)
  const display = createPlainDisplay(stdout, estimate)
  const quick = quickAnswers(store)
  try {
    const outcome = await makeUnits(
      queue.map(({ unit }) => unit),
      {
        store,
        execute: async (unit, listener, stop) => {
          const key = unitKey(unit)
          const answer = quick(key)
          if (answer) return answer
          const failure = failureOf(store, key)
          if (failure) {
            throw new RetableError('unavailable', `${failure.error} (on ${failure.host})`)
          }
          // Folder and threads are this machine's.
          const own = {
            ...settings.get(key)!,
            results: resolve(chosen.results),
            ...(chosen.data === undefined ? {} : { data: chosen.data }),
            ...(chosen.threads === undefined ? {} : { threads: chosen.threads }),
          }
          return executor.run({ unit, settings: own, listener, signal: stop })
        },
        jobs: chosen.jobs,
        retries: chosen.retries,
        mostExpensiveFirst: true,
        signal,
        pollEvery: 1000,
        onEvent: (event) => {
          if (event.type === 'failed' && !failureOf(store, unitKey(event.unit))) {
            const time = new Date().toISOString()
            noteFailure(store, event.unit, {
              error: errorText(event.error),
              host: hostname(),
              time,
            })
          }
          estimate.note(event)
          display.note(event)
        },
      },
    )
    stdout.write(`${outcome.made} made by this worker; everything that is queued is done\n`)
    if (outcome.failed.length > 0) {
      stderr.write(failuresText(outcome.failed, name, options.verbose))
      throw new ExitWith(1)
    }
  } catch (error) {
    const code = interruption.exitCode()
    if (code === undefined) throw error
    stderr.write(`${name}: stopped; any worker on ${store.dir} resumes what it was at\n`)
    throw new ExitWith(code)
  } finally {
    interruption.restore()
    display.stop()
    await executor.close()
  }
}

const enqueueTables = (
  ids: readonly string[],
  chosen: RunOptions,
  options: CommandContext,
  store: Store,
): void => {
  const tables = planTables(ids, chosen, options)
  const tableFor = tableOf(tables)
  const { pending } = missingUnits(
    tables.flatMap(({ units }) => units),
    store,
  )
  enqueue(
    store,
    pending.map((unit) => ({ unit, settings: runSettings(tableFor(unit), chosen, options) })),
  )
}

/** Answers without a child process for units that have a result or are held, from a look at the folder per second. */
const quickAnswers = (store: Store): ((key: string) => UnitOutcome | undefined) => {
  let looked = -Infinity
  let names = new Set<string>()
  return (key) => {
    if (performance.now() - looked > 1000) {
      names = new Set(store.fileNames().map((name) => parseResultFileName(name)!.key))
      looked = performance.now()
    }
    if (names.has(key.slice(0, 16))) {
      const found = store.find(key)
      const artifacts = Object.values(found?.result.artifacts ?? {})
      if (found && artifacts.every((one) => store.hasArtifact(one)))
        return { type: 'found', ...found }
    }
    const holder = readLease(store.leasePath(key), leaseOptions())
    return holder && { type: 'busy', holder }
  }
}
