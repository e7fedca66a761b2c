import { availableParallelism } from 'node:os'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { RetableError, unknownName } from '@retable/core'
import { formatDuration } from '../../report/format-number.js'
import { renderTerminal } from '../../report/terminal.js'
import type { Reproduction } from '../../reproduction.js'
import { createLiveDisplay } from '../display/live.js'
import type { Display, Output } from '../display/display.js'
import { createPlainDisplay } from '../display/plain.js'
import { errorText, unitName } from '../display/unit-text.js'
import { logFormats, type LogFormat } from '../log/unit-log.js'
import { createChildExecutor } from '../run/child-executor.js'
import { runAsChild } from '../run/child-main.js'
import { createEstimate } from '../run/estimate.js'
import { gatherReport } from '../run/gather.js'
import { planReproduction, unitsOf, type Plan } from '../run/plan.js'
import { runUnit, type ResumeChoice } from '../run/run-unit.js'
import { makeUnits, missingUnits, type ScheduleOutcome } from '../run/schedule.js'
import { onceEach } from '../run/services.js'
import { openStore, type Store } from '../store/store.js'
import { shortKey, unitKey } from '../unit-key.js'
import {
  addChoiceOptions,
  choiceOf,
  choiceWords,
  commandLine,
  findReproduction,
  parseNames,
  wholeNumber,
  type ChoiceOptions,
} from './choice.js'
import type { Unit } from '../../unit/unit.js'
import { budgetText, parseBudget, type Chosen } from './budget.js'
import { ExitWith } from './exit.js'
import { listenForSignals } from './interrupt.js'
import type { CommandContext } from './options.js'
import { shellQuote } from './shell-quote.js'
import { withinBudget } from './within-budget.js'

interface RunOptions extends ChoiceOptions, ResumeChoice {
  readonly backend: string
  readonly data?: string
  readonly only?: readonly string[]
  readonly threads?: number
  readonly jobs: number
  readonly retries: number
  readonly workers: number
  readonly checkpointEvery: number
  readonly log: readonly LogFormat[]
  readonly dryRun?: boolean
  /** Seconds, with the text that said so. */
  readonly budget?: { readonly text: string; readonly seconds: number }
  /** Set by the parent of a child process: the key of the one unit to make. */
  readonly unit?: string
}

/** Adds `run`. */
export const addRunCommand = (program: Command, options: CommandContext): void => {
  const { reproductions, backends, name } = options
  const command = program
    .command('run')
    .argument('<ids...>', 'the reproductions, as `list` names them; or all')
    .summary('make tables: run what has no result yet, then print them')
    .description(
      'Makes tables. Units of work that have a result are not run again; one that was interrupted goes on from ' +
        'its last checkpoint. What several tables need is made once.',
    )
  addChoiceOptions(command, reproductions)
    .option('--only <cells>', 'make these cells alone, by id, divided by commas', parseNames)
    .option('--backend <name>', backends.join(', '), backends[0])
    .option('--data <dir>', 'folder of data sets (default: RETABLE_DATA)')
    .option(
      '--threads <n>',
      'threads for each job’s backend (default: all, divided among the jobs)',
      wholeNumber(1),
    )
    .option(
      '--jobs <n>',
      'units at a time; with more than one, each in its own process',
      wholeNumber(1),
      1,
    )
    .option('--retries <n>', 'more attempts at a unit that fails', wholeNumber(0), 0)
    .option(
      '--workers <n>',
      'threads a job that make batches, beside the backend’s',
      wholeNumber(0),
      0,
    )
    .option('--checkpoint-every <minutes>', 'minutes between checkpoints', minutes, 5)
    .option('--log <formats>', `${logFormats.join(', ')}; JSON lines always`, parseLogs, [])
    .option(
      '--budget <time>',
      'shorter training and fewer seeds, so that it takes no longer: 30m, 2h; says which',
      (text) => ({ text, seconds: parseBudget(text) }),
    )
    .option('--dry-run', 'say what would be run, and run nothing')
    .option('--force', 'go on from checkpoints that other software or data made')
    .option('--restart', 'throw checkpoints away and begin anew')
    .addOption(new Option('--unit <key>').hideHelp())
    .addHelpText('after', examples(name, reproductions))
    .action((ids: readonly string[], chosen: RunOptions) => run(ids, chosen, options))
}

const examples = (name: string, reproductions: readonly Reproduction[]): string => {
  const id = (reproductions.find((one) => one.tiers) ?? reproductions[0])?.id ?? 'ID'
  return `
Examples:
  ${name} run ${id}
  ${name} run ${id} --tier cifar10 --data ~/data --seeds 1,2,3
  ${name} run ${id} --dry-run
  ${name} run ${id} --budget 30m
  ${name} run all --jobs 4`
}

const run = async (
  ids: readonly string[],
  chosen: RunOptions,
  options: CommandContext,
): Promise<void> => {
  const { name, reproductions, backends } = options
  const { stdout = process.stdout, stderr = process.stderr, env = process.env } = options
  if (!backends.includes(chosen.backend)) throw unknownName('backend', chosen.backend, backends)
  const named = ids.map((id) =>
    id === 'all' ? reproductions : [findReproduction(reproductions, id)],
  )
  const wanted = withTier([...new Set(named.flat())], chosen, options)
  const store = openStore(chosen.results)
  const threads =
    chosen.threads ??
    (chosen.jobs > 1 ? Math.max(1, Math.floor(availableParallelism() / chosen.jobs)) : undefined)
  const servicesWith = (signal: AbortSignal) =>
    onceEach({
      useBackend: async () => options.useBackend(chosen.backend, { threads }),
      openData: async (request) =>
        options.openData(request, { dir: chosen.data ?? env['RETABLE_DATA'], signal }),
      packages: options.packages ?? {},
      threads,
      workers: chosen.workers,
      checkpointMinutes: chosen.checkpointEvery,
      logs: chosen.log,
      command: [name, 'run', ...ids],
    })
  const wordsOf = ({ reproduction, choice }: Chosen): readonly string[] => [
    ...['run', reproduction.id, ...choiceWords(choice, chosen.results)],
    ...runWords(chosen),
  ]
  if (chosen.unit !== undefined) {
    const controller = new AbortController()
    const services = servicesWith(controller.signal)
    const units = wanted.flatMap((one) => unitsOf(planned(one, chosen)))
    const told = { ...services, command: [name, ...wordsOf(wanted[0]!)] }
    const code = await runAsChild(chosen.unit, units, told, store, controller, chosen)
    await services.close()
    process.disconnect?.()
    throw new ExitWith(code)
  }
  let killAll = (): void => undefined
  const interruption = listenForSignals(stderr, name, () => killAll())
  const services = servicesWith(interruption.signal)
  let making = wanted
  const began = performance.now()
  let display: Display | undefined
  try {
    if (chosen.budget) {
      const { text, seconds } = chosen.budget
      const { jobs } = chosen
      const terms = { store, services, jobs, signal: interruption.signal, only: chosen.only }
      const fit = await withinBudget(wanted, seconds, terms)
      stdout.write(`${budgetText(text, fit)}\n`)
      making = fit.fitted
    }
    const plans = making.map((one) => planned(one, chosen))
    const units = plans.flatMap(unitsOf)
    if (chosen.dryRun) {
      stdout.write(dryRun(units, store))
      return
    }
    const from = madeFor(making, plans)
    const children = createChildExecutor({
      entry: options.entry ?? process.argv[1]!,
      words: (key) => [
        ...wordsOf(from(key)),
        ...['--unit', key, '--threads', String(threads)],
        ...(chosen.force ? ['--force'] : []),
        ...(chosen.restart ? ['--restart'] : []),
      ],
      store,
    })
    killAll = () => children.killAll()
    const estimate = createEstimate(chosen.jobs)
    const shown = isTerminal(stdout, env)
      ? createLiveDisplay(stdout, estimate)
      : createPlainDisplay(stdout, estimate)
    display = shown
    if (missingUnits(units, store).pending.length > 0) {
      store.prepare()
      // A backend that does not load is one error, and not one for each unit.
      if (chosen.jobs === 1) await services.useBackend()
    }
    const outcome = await makeUnits(units, {
      store,
      execute:
        chosen.jobs > 1
          ? children.execute
          : (unit, listener, signal) => {
              const command = [name, ...wordsOf(from(unitKey(unit)))]
              const told = { ...services, command }
              return runUnit(unit, told, store, listener, signal, chosen)
            },
      jobs: chosen.jobs,
      retries: chosen.retries,
      signal: interruption.signal,
      onEvent: (event) => {
        estimate.note(event)
        shown.note(event)
      },
    })
    shown.stop()
    for (const { reproduction, choice } of making) {
      // The whole table, whatever --only made of it.
      const whole = planReproduction(reproduction, choice)
      const again = commandLine(name, 'run', reproduction.id, choice, chosen.results)
      stdout.write(`\n${renderTerminal(await gatherReport(whole, store, again))}\n`)
      const report = commandLine(name, 'report', reproduction.id, choice, chosen.results)
      stdout.write(`\nReport: ${report} --format markdown\n`)
    }
    const took = formatDuration((performance.now() - began) / 1000)
    stdout.write(`Results: ${store.dir} (${outcome.made} made now, in ${took})\n`)
    if (outcome.failed.length > 0) {
      stderr.write(failures(outcome.failed, name, options.verbose))
      throw new ExitWith(1)
    }
  } catch (error) {
    display?.stop()
    const code = interruption.exitCode()
    if (code === undefined) throw error
    const again = againLines(name, ids, making, wanted, chosen, wordsOf)
    stderr.write(`${name}: interrupted; the same command goes on where it stopped: ${again}\n`)
    throw new ExitWith(code)
  } finally {
    interruption.restore()
    await services.close()
  }
}

/** The words that say how to run, beside those that say what. */
const runWords = (chosen: RunOptions): readonly string[] => [
  ...(chosen.only === undefined ? [] : ['--only', chosen.only.join(',')]),
  ...['--backend', chosen.backend],
  ...(chosen.data === undefined ? [] : ['--data', chosen.data]),
  ...(chosen.workers === 0 ? [] : ['--workers', String(chosen.workers)]),
  ...(chosen.checkpointEvery === 5 ? [] : ['--checkpoint-every', String(chosen.checkpointEvery)]),
  ...(chosen.log.length === 0 ? [] : ['--log', chosen.log.join(',')]),
]

/** Reads minutes; fractions too. */
const minutes = (text: string): number => {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError(`minutes, more than 0, are wanted, found "${text}".`)
}

const parseLogs = (text: string): readonly LogFormat[] =>
  parseNames(text).map((name) => {
    const found = logFormats.find((format) => format === name)
    if (found === undefined) throw unknownName('log format', name, logFormats)
    return found
  })

/** A line for each different error, with the units that met it. */
const failures = (failed: ScheduleOutcome['failed'], name: string, verbose: boolean): string => {
  const byError = new Map<string, string[]>()
  for (const { unit, error } of failed) {
    const text = errorText(error, verbose)
    byError.set(text, [...(byError.get(text) ?? []), unitName(unit)])
  }
  return [...byError]
    .map(([text, units]) => {
      const more = units.length > 3 ? ` and ${units.length - 3} more` : ''
      return `${name}: ${units.slice(0, 3).join(', ')}${more} failed: ${text}\n`
    })
    .join('')
}

/** The plan of a reproduction, of the cells that were asked for. */
const planned = ({ reproduction, choice }: Chosen, { only }: RunOptions): Plan =>
  planReproduction(reproduction, { ...choice, only })

/** What is chosen for each; of several, one that lacks the tier or a setting is passed over, and said so. */
const withTier = (
  wanted: readonly Reproduction[],
  chosen: RunOptions,
  { name, reproductions, stderr = process.stderr }: CommandContext,
): readonly Chosen[] => {
  const choice = choiceOf(chosen, reproductions)
  const all = wanted.map((reproduction) => ({ reproduction, choice }))
  if (all.length === 1) return all
  return all.filter((one) => {
    try {
      planned(one, chosen)
      return true
    } catch (error) {
      if (!(error instanceof RetableError)) throw error
      stderr.write(`${name}: ${one.reproduction.id} left out: ${error.message}\n`)
      return false
    }
  })
}

/** For which of the reproductions a unit, or one that is needed, is made: the first. */
const madeFor = (making: readonly Chosen[], plans: readonly Plan[]): ((key: string) => Chosen) => {
  const first = new Map<string, Chosen>()
  const visit = (unit: Unit, one: Chosen): void => {
    if (first.has(unitKey(unit))) return
    first.set(unitKey(unit), one)
    for (const need of Object.values(unit.needs)) visit(need, one)
  }
  plans.forEach((plan, i) => unitsOf(plan).forEach((unit) => visit(unit, making[i]!)))
  return (key) => first.get(key)!
}

/** The command that goes on where it stopped; one for each reproduction where a budget chose for them. */
const againLines = (
  name: string,
  ids: readonly string[],
  making: readonly Chosen[],
  wanted: readonly Chosen[],
  chosen: RunOptions,
  wordsOf: (one: Chosen) => readonly string[],
): string => {
  if (making !== wanted)
    return making.map((one) => shellQuote([name, ...wordsOf(one)])).join(' && ')
  const words = making[0] ? choiceWords(making[0].choice, chosen.results) : []
  return shellQuote([name, 'run', ...ids, ...words, ...runWords(chosen)])
}

const dryRun = (units: Parameters<typeof missingUnits>[0], store: Store): string => {
  const { pending, found } = missingUnits(units, store)
  const lines = pending.map(
    (unit) => `  ${unitName(unit)}  ${unit.definition.kind}  ${shortKey(unitKey(unit))}`,
  )
  return `${pending.length} to run, ${found.length} have results in ${store.dir}\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`
}

/** Whether bars can be drawn: a `dumb` terminal moves no cursor. */
const isTerminal = (
  out: Output,
  env: Readonly<Record<string, string | undefined>>,
): out is NodeJS.WriteStream => out.isTTY === true && env['TERM'] !== 'dumb'
