import type { Command } from 'commander'
import { RetableError, unknownName } from '@retable/core'
import { formatDuration } from '../../report/format-number.js'
import { renderTerminal } from '../../report/terminal.js'
import type { Reproduction } from '../../reproduction.js'
import { createLiveDisplay } from '../display/live.js'
import type { Output } from '../display/display.js'
import { createPlainDisplay } from '../display/plain.js'
import { errorText, unitName } from '../display/unit-text.js'
import { createEstimate } from '../run/estimate.js'
import { gatherReport } from '../run/gather.js'
import { planReproduction, unitsOf, type Choice } from '../run/plan.js'
import { runUnit, type ResumeChoice } from '../run/run-unit.js'
import { makeUnits, missingUnits, type Executor, type RunEvent } from '../run/schedule.js'
import { onceEach } from '../run/services.js'
import { openStore, type Store } from '../store/store.js'
import { shortKey, unitKey } from '../unit-key.js'
import {
  addChoiceOptions,
  choiceOf,
  choiceWords,
  commandLine,
  findReproduction,
  wholeNumber,
  type ChoiceOptions,
} from './choice.js'
import { ExitWith } from './exit.js'
import { listenForSignals } from './interrupt.js'
import type { CommandOptions } from './options.js'

interface RunOptions extends ChoiceOptions, ResumeChoice {
  readonly backend: string
  readonly data?: string
  readonly threads?: number
  readonly jobs: number
  readonly retries: number
  readonly dryRun?: boolean
}

/** Adds `run`. */
export const addRunCommand = (program: Command, options: CommandOptions): void => {
  const { reproductions, backends, name } = options
  const command = program
    .command('run')
    .argument('<id>', 'the reproduction, as `list` names it; or all')
    .summary('make a table: run what has no result yet, then print it')
    .description(
      'Makes a table. Units of work that have a result are not run again; one that was interrupted goes on from ' +
        'its last checkpoint.',
    )
  addChoiceOptions(command, reproductions)
    .option('--backend <name>', backends.join(', '), backends[0])
    .option('--data <dir>', 'folder of data sets (default: RETABLE_DATA)')
    .option('--threads <n>', 'threads for the backend (default: its own choice)', wholeNumber(1))
    .option('--jobs <n>', 'units at a time, each in a process of its own', wholeNumber(1), 1)
    .option('--retries <n>', 'more attempts at a unit that fails', wholeNumber(0), 0)
    .option('--dry-run', 'say what would be run, and run nothing')
    .option('--force', 'go on from checkpoints that other software or data made')
    .option('--restart', 'throw checkpoints away and begin anew')
    .addHelpText('after', examples(name, reproductions))
    .action(async (id: string, chosen: RunOptions) => {
      const wanted = id === 'all' ? reproductions : [findReproduction(reproductions, id)]
      await run(wanted, chosen, options)
    })
}

const examples = (name: string, reproductions: readonly Reproduction[]): string => {
  const id = (reproductions.find((one) => one.tiers) ?? reproductions[0])?.id ?? 'ID'
  return `
Examples:
  ${name} run ${id}
  ${name} run ${id} --tier cifar10 --data ~/data --seeds 1,2,3
  ${name} run ${id} --dry-run
  ${name} run all --jobs 4`
}

const run = async (
  wanted: readonly Reproduction[],
  chosen: RunOptions,
  options: CommandOptions,
): Promise<void> => {
  const {
    name,
    backends,
    stdout = process.stdout,
    stderr = process.stderr,
    env = process.env,
  } = options
  if (!backends.includes(chosen.backend)) throw unknownName('backend', chosen.backend, backends)
  const choice = choiceOf(chosen, options.reproductions)
  const store = openStore(chosen.results)
  const plans = plansOf(wanted, choice, stderr, name)
  const units = plans.flatMap(unitsOf)
  if (chosen.dryRun) {
    stdout.write(dryRun(units, store))
    return
  }
  const interruption = listenForSignals(stderr, name)
  const services = onceEach({
    useBackend: async () => options.useBackend(chosen.backend, { threads: chosen.threads }),
    openData: async (request) =>
      options.openData(request, {
        dir: chosen.data ?? env['RETABLE_DATA'],
        signal: interruption.signal,
      }),
    packages: options.packages ?? {},
    threads: chosen.threads,
    command: [
      name,
      'run',
      wanted.length > 1 ? 'all' : wanted[0]!.id,
      ...choiceWords(choice, chosen.results),
    ],
  })
  const execute: Executor = (unit, listener, signal) =>
    runUnit(unit, services, store, listener, signal, chosen)
  const estimate = createEstimate(chosen.jobs)
  const display = isTerminal(stdout)
    ? createLiveDisplay(stdout, estimate)
    : createPlainDisplay(stdout, estimate)
  const began = performance.now()
  const onEvent = (event: RunEvent) => {
    estimate.note(event)
    display.note(event)
  }
  try {
    if (missingUnits(units, store).pending.length > 0) store.prepare()
    const outcome = await makeUnits(units, {
      store,
      execute,
      jobs: chosen.jobs,
      retries: chosen.retries,
      signal: interruption.signal,
      onEvent,
    })
    display.stop()
    for (const plan of plans) {
      const again = commandLine(name, 'run', plan.reproduction.id, choice, chosen.results)
      stdout.write(`\n${renderTerminal(await gatherReport(plan, store, again))}\n`)
      const report = commandLine(name, 'report', plan.reproduction.id, choice, chosen.results)
      stdout.write(`\nReport: ${report} --format markdown\n`)
    }
    stdout.write(
      `Results: ${store.dir} (${outcome.made} made now, in ${formatDuration((performance.now() - began) / 1000)})\n`,
    )
    if (outcome.failed.length > 0) {
      for (const { unit, error } of outcome.failed) {
        stderr.write(`${name}: ${unitName(unit)} failed: ${errorText(error, isVerbose(options))}\n`)
      }
      throw new ExitWith(1)
    }
  } catch (error) {
    display.stop()
    const code = interruption.exitCode()
    if (code === undefined) throw error
    const again = commandLine(
      name,
      'run',
      wanted.length > 1 ? 'all' : wanted[0]!.id,
      choice,
      chosen.results,
    )
    stderr.write(`${name}: interrupted; the same command goes on where it stopped: ${again}\n`)
    throw new ExitWith(code)
  } finally {
    interruption.restore()
    await services.close()
  }
}

/** With `all`, a reproduction that lacks the tier is passed over, and said so. */
const plansOf = (wanted: readonly Reproduction[], choice: Choice, stderr: Output, name: string) => {
  if (wanted.length === 1) return [planReproduction(wanted[0]!, choice)]
  const plans = wanted.flatMap((reproduction) => {
    try {
      return [planReproduction(reproduction, choice)]
    } catch (error) {
      if (!(error instanceof RetableError)) throw error
      stderr.write(`${name}: ${reproduction.id} left out: ${error.message}\n`)
      return []
    }
  })
  return plans
}

const dryRun = (units: Parameters<typeof missingUnits>[0], store: Store): string => {
  const { pending, found } = missingUnits(units, store)
  const lines = pending.map(
    (unit) => `  ${unitName(unit)}  ${unit.definition.kind}  ${shortKey(unitKey(unit))}`,
  )
  return `${pending.length} to run, ${found.length} have results in ${store.dir}\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`
}

const isTerminal = (out: Output): out is NodeJS.WriteStream => out.isTTY === true

/** Whether stacks are wanted. */
export const isVerbose = ({ env = process.env }: CommandOptions): boolean =>
  Boolean(env['DEBUG']) || process.argv.includes('--verbose')
