import { resolve } from 'node:path'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { RetableError, isRetableError } from '@retable/core/host'
import { readLease } from '@retable/core/node'
import { unitDefinitions } from '../../unit/pack.js'
import { packError, unpackError } from '../../unit/plain-error.js'
import { parseResultFileName } from '../../unit/result-file.js'
import type { RunSettings } from '../../unit/settings.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Unit } from '../../unit/unit.js'
import { createPlainDisplay } from '../display/plain.js'
import { errorText } from '../display/unit-text.js'
import { onCanceled } from '../queue/cancellation.js'
import { enqueue, failureOf, noteFailure, readQueue, type QueuedUnit } from '../queue/queue.js'
import { createEstimate } from '../run/estimate.js'
import { createChildExecutor } from '../run/executors/child.js'
import type { Executor } from '../run/executors/executor.js'
import { leaseOptions } from '../run/lease-options.js'
import { makeUnits, type RunEvent, type ScheduleOutcome } from '../run/schedule.js'
import type { UnitOutcome } from '../run/task.js'
import { ownTask, requeueTask } from '../slurm/slurm.js'
import { removeLeftOvers } from '../store/left-overs.js'
import { openStore, type Store } from '../store/store.js'
import { ExitWith } from './exit.js'
import { listenForSignals, signalCodes } from './interrupt.js'
import type { CommandContext } from './options.js'
import { queuedUnits } from './queued-units.js'
import { addMakingOptions, onlyOfRun, type MakingOptions, type RunOptions } from './run-options.js'
import { planTables } from './run-plans.js'
import { dryRunText, endIfFailed } from './run-texts.js'

/** Adds `work`. */
export const addWorkCommand = (program: Command, options: CommandContext): void => {
  const command = program
    .command('work')
    .argument('[ids...]', 'reproductions to put into the queue first')
    .summary('work on what is queued in a results folder, beside other workers')
    .description(
      'Runs the units that are queued in a results folder, the most expensive free one first, each in a child process. ' +
        'Any number of workers on any machines may share the folder: each unit is run once. With ids, their units are ' +
        'put into the queue first. On SIGTERM or SIGUSR2 it writes a checkpoint, which any worker resumes from, and ends; ' +
        'as a task of a Slurm array it also puts itself back into Slurm’s queue on SIGUSR2.',
    )
  addMakingOptions(command, options)
  for (const option of onlyOfRun()) command.addOption(option.default(undefined).hideHelp())
  command.action((ids: readonly string[], chosen: RunOptions) => {
    refuseRunOptions(chosen, options.name)
    return work(ids, chosen, options)
  })
}

/** Refuses options that plan or run otherwise than workers do. */
const refuseRunOptions = (
  { browser, budget, untilDecided, maxSeeds }: Partial<RunOptions>,
  name: string,
): void => {
  const refuse = (option: string, why: string): never => {
    throw new RetableError('invalid-argument', `work takes no ${option}: ${why}`)
  }
  if (browser !== undefined) {
    refuse('--browser', `workers run units in processes; use ${name} run … --browser ${browser}`)
  }
  if (budget !== undefined) {
    const { text } = budget
    refuse(
      '--budget',
      `${name} run … --dry-run --budget ${text} says which options fit; give these`,
    )
  }
  if (untilDecided || maxSeeds !== undefined) {
    refuse('--until-decided', `it plans while it runs; use ${name} run … --until-decided`)
  }
}

const work = async (
  ids: readonly string[],
  chosen: MakingOptions,
  options: CommandContext,
): Promise<void> => {
  const { name, stdout = process.stdout, stderr = process.stderr, env = process.env } = options
  const store = openStore(chosen.results)
  const tables = ids.length > 0 ? planTables(ids, chosen, options) : []
  const definitions = unitDefinitions(options.units)
  if (chosen.dryRun) {
    const units = [
      ...tables.flatMap((table) => table.units),
      ...unitsIn(readQueue(store, definitions)),
    ]
    stdout.write(dryRunText(units, store))
    return
  }
  store.prepare()
  removeLeftOvers(store)
  enqueue(store, queuedUnits(tables, chosen, options, store))
  if (readQueue(store, definitions).length === 0) {
    throw new RetableError(
      'not-found',
      `nothing is queued in ${store.dir}; name tables to put them into the queue: ${name} work ID`,
    )
  }
  const executor = createChildExecutor({
    entry: options.entry ?? process.argv[1]!,
    store,
    reuse: true,
  })
  const interruption = listenForSignals(stderr, name, () => executor.kill(), ['SIGUSR2'])
  const canceled = new AbortController()
  const endLooking = onCanceled(store, () => canceled.abort(new Error('canceled')))
  const signal = AbortSignal.any([interruption.signal, canceled.signal])
  const estimate = createEstimate(chosen.jobs)
  const display = createPlainDisplay(stdout, estimate)
  const show = (event: RunEvent): void => {
    estimate.note(event)
    display.note(event)
  }
  try {
    let made = 0
    const failed: ScheduleOutcome['failed'][number][] = []
    const seen = new Set<string>()
    for (;;) {
      // What was queued meanwhile is worked on as well.
      const fresh = readQueue(store, definitions).filter(({ unit }) => !seen.has(unitKey(unit)))
      if (fresh.length === 0) break
      for (const { unit } of fresh) seen.add(unitKey(unit))
      const outcome = await makeQueued(fresh, { store, executor, chosen, env, signal, show })
      made += outcome.made
      failed.push(...outcome.failed)
    }
    stdout.write(`${made} made by this worker; everything that is queued is done\n`)
    endIfFailed(failed, options)
  } catch (error) {
    const code = interruption.exitCode()
    if (code === undefined && !canceled.signal.aborted) throw error
    const resumes = `any worker on ${store.dir} resumes the units that it ran`
    stderr.write(`${name}: ${code === undefined ? 'canceled' : 'stopped'}; ${resumes}\n`)
    // One that was canceled ends without an error: a scheduler must not start it again.
    if (code === undefined) return
    await executor.close()
    if (code === signalCodes.SIGUSR2) await requeueOwnTask(env, (line) => stderr.write(line))
    throw new ExitWith(code)
  } finally {
    endLooking()
    interruption.restore()
    display.stop()
    await executor.close()
  }
}

/** Has Slurm start this worker again: its time is over, or its node is needed for others. */
const requeueOwnTask = async (
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<void> => {
  const task = ownTask(env)
  if (task === undefined) return
  try {
    await requeueTask(task)
  } catch (error) {
    say(`Slurm does not start task ${task} again: ${errorText(error)}\n`)
  }
}

/** The settings of each unit, and of what it needs, which may not be in the queue: its result was there when it was filled. */
const settingsByKey = (queue: readonly QueuedUnit[]): ReadonlyMap<string, RunSettings> => {
  const found = new Map(queue.map(({ unit, settings }) => [unitKey(unit), settings]))
  const visit = (unit: Unit, settings: RunSettings): void => {
    for (const need of Object.values(unit.needs)) {
      if (!found.has(unitKey(need))) found.set(unitKey(need), settings)
      visit(need, settings)
    }
  }
  for (const { unit, settings } of queue) visit(unit, settings)
  return found
}

const unitsIn = (queue: readonly QueuedUnit[]) => queue.map(({ unit }) => unit)

/** Makes queued units with the settings that they were queued with, folders and threads excepted: these are this machine's. */
const makeQueued = (
  queue: readonly QueuedUnit[],
  {
    store,
    executor,
    chosen,
    env,
    signal,
    show,
  }: {
    readonly store: Store
    readonly executor: Executor
    readonly chosen: MakingOptions
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
    readonly show: (event: RunEvent) => void
  },
): Promise<ScheduleOutcome> => {
  const settings = settingsByKey(queue)
  const quick = quickAnswers(store)
  const threads = chosen.threads ?? slurmThreads(env)
  return makeUnits(unitsIn(queue), {
    store,
    execute: async (unit, listener, stop) => {
      const key = unitKey(unit)
      const answer = quick(key)
      if (answer) return answer
      const failure = failureOf(store, key)
      if (failure) {
        const { error, host } = failure
        throw unpackError({ ...error, message: `${error.message} (on ${host})` })
      }
      const own = {
        ...settings.get(key)!,
        results: resolve(chosen.results),
        ...(chosen.data === undefined ? {} : { data: chosen.data }),
        ...(threads === undefined ? {} : { threads }),
      }
      try {
        return await executor.run({ unit, settings: own, listener, signal: stop })
      } catch (error) {
        // A scheduler kills all processes of a job: this one must not call that a failure before it is gone too.
        if (isRetableError(error) && error.code === 'unavailable') await sleep(1000)
        throw error
      }
    },
    jobs: chosen.jobs,
    retries: chosen.retries,
    mostExpensiveFirst: true,
    signal,
    pollEvery: 1000,
    onEvent: (event) => {
      if (event.type === 'failed' && !failureOf(store, unitKey(event.unit))) {
        const time = new Date().toISOString()
        noteFailure(store, event.unit, { error: packError(event.error), host: hostname(), time })
      }
      show(event)
    },
  })
}

/** The CPUs that Slurm gave to this task; undefined elsewhere. */
const slurmThreads = ({
  SLURM_CPUS_PER_TASK: each,
  SLURM_CPUS_ON_NODE: all,
}: Readonly<Record<string, string | undefined>>): number | undefined => {
  const cpus = Number(each ?? all)
  return cpus >= 1 ? cpus : undefined
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
