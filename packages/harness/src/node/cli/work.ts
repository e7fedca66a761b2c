import type { Command } from 'commander'
import { RetableError } from '@retable/core/host'
import { unitDefinitions } from '../../unit/pack.js'
import type { Unit } from '../../unit/unit.js'
import { unitKey } from '../../unit/unit-key.js'
import { createPlainDisplay } from '../display/plain.js'
import { errorText } from '../display/unit-text.js'
import { onCanceled } from '../queue/cancellation.js'
import { enqueue, failureOf, readQueue, type QueuedUnit } from '../queue/queue.js'
import { createEstimate } from '../run/estimate.js'
import { createChildExecutor } from '../run/executors/child.js'
import type { RunEvent, ScheduleOutcome } from '../run/schedule.js'
import { ownTask, requeueTask } from '../slurm/slurm.js'
import { removeLeftOvers } from '../store/left-overs.js'
import { openStore } from '../store/store.js'
import { checkMaking } from './check-run.js'
import { resultsWords } from './choice.js'
import { ExitWith } from './exit.js'
import { listenForSignals, signalCodes } from './interrupt.js'
import type { CommandContext } from './options.js'
import { makeQueued, openQueuedData } from './make-queued.js'
import { queuedUnits } from './queued-units.js'
import { addMakingOptions, onlyOfRun, type MakingOptions, type RunOptions } from './run-options.js'
import { planTables, unitsIn } from './run-plans.js'
import { servicesFor } from './run-settings.js'
import { dryRunText, endIfFailed } from './run-texts.js'
import { shellQuote } from './shell-quote.js'

/** Adds `work`. */
export const addWorkCommand = (program: Command, options: CommandContext): void => {
  const command = program
    .command('work')
    .argument('[ids...]', 'reproductions to put into the queue first')
    .summary('work on what is queued in a results folder, beside other workers')
    .description(
      'Runs the units that are queued in a results folder, in child processes, the most expensive free one first. ' +
        'Any number of workers on any machines may share the folder: each unit is run once. With ids, their units are ' +
        'put into the queue first. On SIGTERM or SIGUSR2 it writes a checkpoint, which any worker resumes from, and ends; ' +
        'as a task of a Slurm array it also puts itself back into Slurm’s queue on SIGUSR2.',
    )
  const help = {
    jobs: 'units at a time (default: 1)',
    dryRun: 'say what would run, and run nothing',
  }
  addMakingOptions(command, options, help)
  for (const option of onlyOfRun()) command.addOption(option.hideHelp())
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
  checkMaking(tables, chosen, options)
  const definitions = unitDefinitions(options.units)
  if (chosen.dryRun) {
    const units = [...unitsIn(tables), ...readQueue(store, definitions).map(({ unit }) => unit)]
    stdout.write(dryRunText(units, store))
    return
  }
  if (ids.length === 0 && readQueue(store, definitions).length === 0) {
    throw new RetableError(
      'not-found',
      `nothing is queued in ${store.dir}; name tables to put them into the queue: ${name} work ID`,
    )
  }
  store.prepare()
  removeLeftOvers(store)
  const named = queuedUnits(tables, chosen, options, store)
  const waiting = readQueue(store, definitions).filter(
    ({ unit }) => !failureOf(store, unitKey(unit)),
  )
  await openQueuedData([...named, ...waiting], {
    store,
    chosen,
    servicesFor: (settings, signal) => servicesFor(options, settings, signal),
  })
  enqueue(store, named)
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
    const skipped: Unit[] = []
    const seen = new Set<string>()
    for (;;) {
      // What was queued meanwhile is worked on as well.
      const fresh = readQueue(store, definitions).filter(({ unit }) => !seen.has(unitKey(unit)))
      if (fresh.length === 0) break
      for (const { unit } of fresh) seen.add(unitKey(unit))
      const outcome = await makeQueued(fresh, { store, executor, chosen, env, signal, show })
      made += outcome.made
      failed.push(...outcome.failed)
      skipped.push(...outcome.skipped)
    }
    const left = leftText({ failed, skipped }, readQueue(store, definitions), chosen, options)
    stdout.write(`${made} made by this worker; ${left}\n`)
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

/** What a worker leaves: nothing, or units that failed, with the commands that try these again. */
const leftText = (
  { failed, skipped }: Pick<ScheduleOutcome, 'failed' | 'skipped'>,
  queue: readonly QueuedUnit[],
  { results }: MakingOptions,
  { typed }: CommandContext,
): string => {
  if (failed.length === 0) return 'everything that is queued is done'
  const keys = new Set([...failed.map(({ unit }) => unit), ...skipped].map(unitKey))
  // The command that queued a unit says which cells it was to make; this machine may have the folder under another path.
  const again = queue
    .filter(({ unit }) => keys.has(unitKey(unit)))
    .map(({ settings: { command } }) => {
      const words = command.slice(2)
      const at = words.indexOf('--results')
      if (at >= 0) words.splice(at, 2)
      return `\n  ${shellQuote([...typed, 'work', ...words, ...resultsWords(results)])}`
    })
  const waits = skipped.length === 1 ? 'waits' : 'wait'
  const waiting = skipped.length > 0 ? ` and ${skipped.length} ${waits} for what failed` : ''
  return `${failed.length} failed${waiting}; to try again:${[...new Set(again)].join('')}`
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
