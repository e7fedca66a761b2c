import type { Command } from 'commander'
import { formatDuration } from '@retable/core/host'
import { isInteractive } from '@retable/core/node'
import { formatBytes } from '../../report/text/format-number.js'
import type { Report } from '../../report/report.js'
import { stateOf } from '../../report/state.js'
import { renderTerminal } from '../../report/format/terminal.js'
import { collectReport } from '../../plan/collect.js'
import { budgetText } from '../budget/budget.js'
import { firstLook, makeUntilDecided, type Decided } from './until-decided.js'
import { withinBudget } from '../budget/within-budget.js'
import type { Display } from '../display/display.js'
import { createLiveDisplay } from '../display/live.js'
import { createPlainDisplay } from '../display/plain.js'
import { createEstimate } from '../run/estimate.js'
import { createChildExecutor } from '../run/executors/child.js'
import type { Executor } from '../run/executors/executor.js'
import { createInProcessExecutor } from '../run/executors/in-process.js'
import { createPageExecutor, type PageExecutor } from '../run/executors/page-executor.js'
import { makeUnits, type ScheduleOutcome } from '../run/schedule.js'
import { openAhead } from '../run/data-ahead.js'
import { onceEach, type Services } from '../run/services.js'
import type { Perform } from '../run/task.js'
import type { Unit } from '../../unit/unit.js'
import { removeLeftOvers } from '../store/left-overs.js'
import type { Store } from '../store/store.js'
import { checkRun, type AskedRun } from './check-run.js'
import { againLine, commandLine } from './choice.js'
import { ExitWith } from './exit.js'
import { nextStepText } from './next-step.js'
import { listenForSignals } from './interrupt.js'
import type { CommandContext } from './options.js'
import { queuedUnits } from './queued-units.js'
import { addRunOptions, usualMaxSeeds, type RunOptions } from './run-options.js'
import {
  checkResultsBehind,
  pendingOf,
  planTable,
  planTables,
  tableOf,
  unitsIn,
  type PlannedTable,
} from './run-plans.js'
import { cancelLine, sbatchText, slurmExecutorFor, submittedText } from './run-on-slurm.js'
import { runSettings, servicesFor, threadsFor } from './run-settings.js'
import { dryRunText, endIfFailed, resumeText } from './run-texts.js'

type RunServices = ReturnType<typeof onceEach>

/** Adds `run`. */
export const addRunCommand = (program: Command, options: CommandContext): void => {
  const command = program
    .command('run')
    .argument('<ids...>', 'the reproductions, as `list` names them; or all')
    .summary('make tables: run what has no result yet, then print them')
    .description(
      'Makes tables. Units of work that have a result are not run again; one that was interrupted resumes from its ' +
        'last checkpoint. What several tables need is made once.',
    )
  addRunOptions(command, options).action(async (ids: readonly string[], chosen: RunOptions) => {
    const tables = planTables(ids, chosen, options)
    const asked = checkRun({ ids, chosen, options, tables })
    if (chosen.executor !== 'kubernetes') return run(asked)
    const { stdout = process.stdout } = options
    // Loaded when it is asked for: the writer of YAML would be a tenth of every command's start.
    const { kubernetesJob } = await import('./run-on-kubernetes.js')
    stdout.write(kubernetesJob(asked))
  })
}

const run = async (asked: AskedRun): Promise<void> => {
  const { ids, chosen, options, tables, store } = asked
  const { name, typed, stdout = process.stdout, stderr = process.stderr } = options
  const { maxSeeds = usualMaxSeeds } = chosen
  const slurm = chosen.executor === 'slurm' ? slurmExecutorFor(chosen, options, store) : undefined
  let kill = (): void => undefined
  const interruption = listenForSignals(
    stderr,
    name,
    () => kill(),
    [],
    slurm && 'no longer waiting for the workers',
  )
  const { signal } = interruption
  const settings = runSettings(tables[0]!, chosen, options)
  const services = onceEach(servicesFor(options, settings, signal))
  let making = tables
  let pages: PageExecutor | undefined
  const began = performance.now()
  try {
    pages = await openPages(asked, services)
    if (chosen.budget) {
      const { budget, jobs, only } = chosen
      const fitted = (using: Services, perform?: Perform) => {
        const terms = { store, services: using, settings, jobs, signal, only }
        return withinBudget(tables, budget, { ...terms, ...(perform && { perform }) })
      }
      const fit = await (pages?.withPage(fitted, signal) ?? fitted(services))
      stdout.write(`${budgetText(budget, fit)}\n`)
      making = fit.fitted.map((one) => planTable(one, chosen))
    }
    if (chosen.dryRun) {
      if (chosen.untilDecided) {
        const first = []
        for (const table of making) first.push(await firstLook(table, { maxSeeds, store }))
        stdout.write(first.map(({ text }) => text).join(''))
        making = first.map(({ table }) => table)
      }
      stdout.write(dryRunText(unitsIn(making), store))
      if (slurm) stdout.write(sbatchText(chosen, options, store))
      return
    }
    if (slurm && pendingOf(making, store).length > 0) {
      checkResultsBehind(unitsIn(making), store)
      store.prepare()
      const units = queuedUnits(making, chosen, options, store)
      stdout.write(submittedText(await slurm.submit(units, chosen.jobs), making, chosen, options))
      if (!chosen.wait) return
    }
    const executor = pages ?? slurm ?? executorFor(asked, services)
    // Workers on a cluster outlive the command that submitted them.
    if (!slurm) kill = () => executor.kill()
    // A backend that does not load, or data that is missing, is one error, and not one for each unit.
    const tryServices = async (pending: readonly Unit[]): Promise<void> => {
      if (slurm) return
      if (pages) await pages.withPage((inPage) => inPage.useBackend(), signal)
      else if (executor.name === 'in-process') await services.useBackend()
      if (executor.name !== 'child') return openAhead(pending, services, signal)
      // Each child opens its own: this process need not keep them in its memory.
      const ahead = onceEach(servicesFor(options, settings, signal))
      await openAhead(pending, ahead, signal).finally(() => ahead.close())
    }
    const makeTables = (tables: readonly PlannedTable[]) =>
      makeAll(asked, tables, executor, tryServices, signal)
    let outcome: Pick<ScheduleOutcome, 'made' | 'failed'>
    if (chosen.untilDecided) {
      const say = (line: string) => stdout.write(`${line}\n`)
      const decided: Decided[] = []
      for (const table of tables) {
        decided.push(
          await makeUntilDecided(table, {
            ...{ maxSeeds, store, say },
            make: (one) => makeTables([one]),
            reportOf: (one) => reportOf(one, asked),
          }),
        )
      }
      making = decided.map(({ table }) => table)
      outcome = {
        made: decided.reduce((sum, { made }) => sum + made, 0),
        failed: decided.flatMap(({ failed }) => failed),
      }
    } else outcome = await makeTables(making)
    const next: string[] = []
    for (const table of making) {
      const report = await reportOf(table, asked)
      // What failed is told below; a table of which there is nothing would only hide it.
      if (outcome.failed.length > 0 && stateOf(report).made === 0) continue
      stdout.write(tableText(report, table, asked))
      const where = { typed, results: chosen.results, store }
      next.push(nextStepText(report, table, where))
    }
    const took = formatDuration((performance.now() - began) / 1000)
    stdout.write(`Results: ${store.dir} (${outcome.made} made now, in ${took})\n`)
    stdout.write(next.join(''))
    endIfFailed(outcome.failed, options)
  } catch (error) {
    const code = interruption.exitCode()
    if (code === undefined) throw error
    if (slurm) {
      const stop = cancelLine(typed, chosen.results)
      stderr.write(`${name}: Slurm’s workers continue; this stops them: ${stop}\n`)
      throw new ExitWith(code)
    }
    const again = resumeText(typed, ids, { making, tables }, chosen)
    stderr.write(`${name}: interrupted; this command resumes it: ${again}\n`)
    throw new ExitWith(code)
  } finally {
    interruption.restore()
    await pages?.close()
    await services.close()
  }
}

/** What runs units in browsers, if they are to run in one. */
const openPages = async (
  { chosen, options, store, browser }: AskedRun,
  services: RunServices,
): Promise<PageExecutor | undefined> => {
  const { page, stderr = process.stderr, name, env = process.env } = options
  if (!page || browser === undefined || (chosen.dryRun && !chosen.budget)) return undefined
  const threads = threadsFor(chosen)
  return createPageExecutor({
    page,
    browser,
    backend: { name: chosen.backend, ...(threads !== undefined && { threads }) },
    services,
    store,
    say: (line) => stderr.write(`${name}: ${line}\n`),
    env,
  })
}

const executorFor = ({ chosen, options, store }: AskedRun, services: RunServices): Executor =>
  chosen.jobs > 1
    ? createChildExecutor({ entry: options.entry ?? process.argv[1]!, store })
    : createInProcessExecutor({ services, store })

/** Makes every unit that has no result, and shows how it goes. */
const makeAll = async (
  { chosen, options, store }: AskedRun,
  making: readonly PlannedTable[],
  executor: Executor,
  tryServices: (pending: readonly Unit[]) => Promise<void>,
  signal: AbortSignal,
): Promise<ScheduleOutcome> => {
  const { stdout = process.stdout, stderr = process.stderr, env = process.env } = options
  const { jobs, retries } = chosen
  const tableFor = tableOf(making)
  const settings = new Map(making.map((table) => [table, runSettings(table, chosen, options)]))
  const estimate = createEstimate(jobs)
  const display: Display = isInteractive(stdout, env)
    ? createLiveDisplay(stdout, estimate, { stderr })
    : createPlainDisplay(stdout, estimate)
  try {
    cleanUp(store, (line) => stdout.write(line))
    checkResultsBehind(unitsIn(making), store)
    const pending = pendingOf(making, store)
    if (pending.length > 0) {
      store.prepare()
      await tryServices(pending)
    }
    return await makeUnits(unitsIn(making), {
      store,
      execute: (unit, listener, signal) =>
        executor.run({ unit, settings: settings.get(tableFor(unit))!, listener, signal }),
      // On a cluster all units wait at once for workers, which make the further attempts.
      ...(chosen.executor === undefined ? { jobs, retries } : { jobs: Infinity }),
      signal,
      onEvent: (event) => {
        estimate.note(event)
        display.note(event)
      },
    })
  } finally {
    display.stop()
    await executor.close()
  }
}

/** Removes what killed processes have left; a folder that can only be read is left as it is. */
const cleanUp = (store: Store, say: (line: string) => void): void => {
  try {
    const removed = removeLeftOvers(store)
    const bytes = removed.reduce((sum, one) => sum + one.bytes, 0)
    if (bytes > 1e6) {
      say(
        `${formatBytes(bytes)} removed that a process which was killed had left in ${store.dir}\n`,
      )
    }
  } catch {
    // Left for a run that may write here.
  }
}

const reportOf = (
  { reproduction, choice, plan }: PlannedTable,
  { chosen, options, store }: AskedRun,
): Promise<Report> => {
  const { name } = options
  return collectReport(plan, store, (study) =>
    study.sequential
      ? againLine(name, plan, choice, chosen.results)(study)
      : commandLine([name], 'run', reproduction.id, choice, chosen.results),
  )
}

/** A reproduction's whole table, and how to write its report. */
const tableText = (
  report: Report,
  { reproduction, choice }: PlannedTable,
  { chosen, options }: AskedRun,
): string => {
  const line = commandLine(options.typed, 'report', reproduction.id, choice, chosen.results)
  return `\n${renderTerminal(report)}\n\nReport: ${line} --format markdown\n`
}
