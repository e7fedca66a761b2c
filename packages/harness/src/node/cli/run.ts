import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { RetableError, unknownName } from '@retable/core/host'
import { formatDuration } from '../../report/text/format-number.js'
import { renderTerminal } from '../../report/format/terminal.js'
import type { Display, Output } from '../display/display.js'
import { createLiveDisplay } from '../display/live.js'
import { createPlainDisplay } from '../display/plain.js'
import { createChildExecutor } from '../run/executors/child-executor.js'
import { runAsChild } from '../run/executors/child-main.js'
import { createEstimate } from '../run/estimate.js'
import { collectReport } from '../../plan/collect.js'
import { planReproduction, unitsOf } from '../../plan/plan.js'
import { runUnit } from '../run/run-unit.js'
import { missingUnits } from '../../plan/missing.js'
import { makeUnits, type Executor, type ScheduleOutcome } from '../run/schedule.js'
import { onceEach } from '../run/services.js'
import { openStore, type Store } from '../store/store.js'
import { unitKey } from '../../unit/unit-key.js'
import { budgetText, type Chosen } from '../budget/budget.js'
import { commandLine } from './choice.js'
import { ExitWith } from './exit.js'
import { listenForSignals } from './interrupt.js'
import type { CommandContext } from './options.js'
import { addRunOptions, wordsFor, type RunOptions } from './run-options.js'
import { madeFor, planned, wantedOf } from './run-plans.js'
import { dryRunText, failuresText, goOnText } from './run-texts.js'
import { withinBudget } from '../budget/within-budget.js'

/** What the words of one `run` come to. */
interface Asked {
  readonly ids: readonly string[]
  readonly chosen: RunOptions
  readonly options: CommandContext
  readonly wanted: readonly Chosen[]
  readonly store: Store
  /** threads a job; undefined: the backend's own choice */
  readonly threads: number | undefined
}

type RunServices = ReturnType<typeof onceEach>

/** Adds `run`. */
export const addRunCommand = (program: Command, options: CommandContext): void => {
  const command = program
    .command('run')
    .argument('<ids...>', 'the reproductions, as `list` names them; or all')
    .summary('make tables: run what has no result yet, then print them')
    .description(
      'Makes tables. Units of work that have a result are not run again; one that was interrupted goes on from ' +
        'its last checkpoint. What several tables need is made once.',
    )
  addRunOptions(command, options).action(async (ids: readonly string[], chosen: RunOptions) => {
    const { backends } = options
    if (!backends.includes(chosen.backend)) throw unknownName('backend', chosen.backend, backends)
    if (chosen.data !== undefined && !existsSync(chosen.data)) {
      throw new RetableError(
        'not-found',
        `there is no folder ${chosen.data}; --data names the folder of data sets, into which those missing are downloaded`,
      )
    }
    const wanted = wantedOf(ids, chosen, options)
    const store = openStore(chosen.results)
    const { jobs } = chosen
    const share = Math.max(1, Math.floor(availableParallelism() / jobs))
    const threads = chosen.threads ?? (jobs > 1 ? share : undefined)
    const asked = { ids, chosen, options, wanted, store, threads }
    await (chosen.unit === undefined ? run(asked) : runChild(asked, chosen.unit))
  })
}

const openServices = (
  { ids, chosen, options, threads }: Asked,
  signal: AbortSignal,
): RunServices => {
  const { name, env = process.env } = options
  return onceEach({
    useBackend: async () => options.useBackend(chosen.backend, { threads }),
    openData: async (request) =>
      options.openData(request, { dir: chosen.data ?? env['RETABLE_DATA'], signal }),
    packages: options.packages ?? {},
    threads,
    workers: chosen.workers,
    checkpointMinutes: chosen.checkpointEvery,
    ...(chosen.log !== undefined && { logs: chosen.log }),
    command: [name, 'run', ...ids],
  })
}

/** Makes the one unit that a parent process asked for. */
const runChild = async (asked: Asked, key: string): Promise<never> => {
  const { chosen, options, wanted, store } = asked
  const controller = new AbortController()
  const services = openServices(asked, controller.signal)
  const units = wanted.flatMap((one) => unitsOf(planned(one, chosen)))
  const told = { ...services, command: [options.name, ...wordsFor(wanted[0]!, chosen)] }
  const code = await runAsChild(key, units, told, store, controller, chosen)
  await services.close()
  process.disconnect?.()
  throw new ExitWith(code)
}

const run = async (asked: Asked): Promise<void> => {
  const { ids, chosen, options, wanted, store } = asked
  const { name, stdout = process.stdout, stderr = process.stderr } = options
  let killAll = (): void => undefined
  const interruption = listenForSignals(stderr, name, () => killAll())
  const { signal } = interruption
  const services = openServices(asked, signal)
  let making = wanted
  const began = performance.now()
  try {
    if (chosen.budget) {
      const { budget, jobs, only } = chosen
      const fit = await withinBudget(wanted, budget, { store, services, jobs, signal, only })
      stdout.write(`${budgetText(budget, fit)}\n`)
      making = fit.fitted
    }
    if (chosen.dryRun) {
      const units = making.flatMap((one) => unitsOf(planned(one, chosen)))
      stdout.write(dryRunText(units, store))
      return
    }
    const outcome = await makeAll(asked, making, services, signal, (kill) => (killAll = kill))
    for (const one of making) stdout.write(await tableText(one, asked))
    const took = formatDuration((performance.now() - began) / 1000)
    stdout.write(`Results: ${store.dir} (${outcome.made} made now, in ${took})\n`)
    if (outcome.failed.length > 0) {
      stderr.write(failuresText(outcome.failed, name, options.verbose))
      throw new ExitWith(1)
    }
  } catch (error) {
    const code = interruption.exitCode()
    if (code === undefined) throw error
    const again = goOnText(name, ids, { making, wanted }, chosen)
    stderr.write(`${name}: interrupted; the same command goes on where it stopped: ${again}\n`)
    throw new ExitWith(code)
  } finally {
    interruption.restore()
    await services.close()
  }
}

/** Makes every unit that has no result, in this process or, with several jobs, in one each, and shows how it goes. */
const makeAll = async (
  { chosen, options, store, threads }: Asked,
  making: readonly Chosen[],
  services: RunServices,
  signal: AbortSignal,
  onChildren: (killAll: () => void) => void,
): Promise<ScheduleOutcome> => {
  const { name, stdout = process.stdout, env = process.env } = options
  const { jobs, retries } = chosen
  const plans = making.map((one) => planned(one, chosen))
  const units = plans.flatMap(unitsOf)
  const from = madeFor(making, plans)
  const inThisProcess: Executor = (unit, listener, signal) => {
    const command = [name, ...wordsFor(from(unitKey(unit)), chosen)]
    return runUnit(unit, { ...services, command }, store, listener, signal, chosen)
  }
  const children = createChildExecutor({
    entry: options.entry ?? process.argv[1]!,
    words: (key) => [
      ...wordsFor(from(key), chosen),
      ...['--unit', key, '--threads', String(threads)],
      ...(chosen.force ? ['--force'] : []),
      ...(chosen.restart ? ['--restart'] : []),
    ],
    store,
  })
  onChildren(children.killAll)
  const estimate = createEstimate(jobs)
  const display: Display = isTerminal(stdout, env)
    ? createLiveDisplay(stdout, estimate)
    : createPlainDisplay(stdout, estimate)
  try {
    if (missingUnits(units, store).pending.length > 0) {
      store.prepare()
      // A backend that does not load is one error, and not one for each unit.
      if (jobs === 1) await services.useBackend()
    }
    return await makeUnits(units, {
      store,
      execute: jobs > 1 ? children.execute : inThisProcess,
      jobs,
      retries,
      signal,
      onEvent: (event) => {
        estimate.note(event)
        display.note(event)
      },
    })
  } finally {
    display.stop()
  }
}

/** A reproduction's whole table, whatever --only made of it, and how to write its report. */
const tableText = async (
  { reproduction, choice }: Chosen,
  { chosen, options, store }: Asked,
): Promise<string> => {
  const { name } = options
  const again = commandLine(name, 'run', reproduction.id, choice, chosen.results)
  const table = renderTerminal(
    await collectReport(planReproduction(reproduction, choice), store, again),
  )
  const report = commandLine(name, 'report', reproduction.id, choice, chosen.results)
  return `\n${table}\n\nReport: ${report} --format markdown\n`
}

/** Whether bars can be drawn: a `dumb` terminal moves no cursor. */
const isTerminal = (
  out: Output,
  env: Readonly<Record<string, string | undefined>>,
): out is NodeJS.WriteStream => out.isTTY === true && env['TERM'] !== 'dumb'
