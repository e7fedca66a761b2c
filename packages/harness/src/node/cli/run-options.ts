import { InvalidArgumentError, Option, type Command } from 'commander'
import { unknownName } from '@retable/core/host'
import type { Reproduction } from '../../declare/reproduction.js'
import { logFormats, type LogFormat } from '../log/unit-log.js'
import type { ResumeChoice } from '../run/run-unit.js'
import { parseBudget, type Budget, type Chosen } from '../budget/budget.js'
import {
  addChoiceOptions,
  choiceWords,
  parseNames,
  wholeNumber,
  type ChoiceOptions,
} from './choice.js'
import type { CommandContext } from './options.js'

/** What `run` takes beside ids, parsed. */
export interface RunOptions extends ChoiceOptions, ResumeChoice {
  readonly backend: string
  readonly data?: string
  readonly only?: readonly string[]
  readonly threads?: number
  readonly jobs: number
  readonly retries: number
  readonly workers: number
  readonly checkpointEvery: number
  readonly log?: readonly LogFormat[]
  readonly dryRun?: boolean
  readonly budget?: Budget
  /** Set by the parent of a child process: the key of the one unit to make. */
  readonly unit?: string
}

/** Adds the options of `run`, and its examples. */
export const addRunOptions = (
  command: Command,
  { reproductions, backends, name }: CommandContext,
): Command =>
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
    .option('--log <formats>', `${logFormats.join(', ')}; JSON lines always`, parseLogs)
    .option(
      '--budget <time>',
      'shorter training and fewer seeds, so that it takes no longer: 30m, 2h; says which',
      (text): Budget => ({ text, seconds: parseBudget(text) }),
    )
    .option(
      '--dry-run',
      'say what would be run, and run nothing; with --budget a unit of each table is tried for seconds',
    )
    .option('--force', 'go on from checkpoints that other software or data made')
    .option('--restart', 'throw checkpoints away and begin anew')
    .addOption(new Option('--unit <key>').hideHelp())
    .addHelpText('after', examples(name, reproductions))

const examples = (name: string, reproductions: readonly Reproduction[]): string => {
  const shown = reproductions.find((one) => one.tiers) ?? reproductions[0]
  const id = shown?.id ?? 'ID'
  const tier = shown?.tiers?.at(1)?.name ?? 'TIER'
  return `
Examples:
  ${name} run ${id}
  ${name} run ${id} --tier ${tier} --data ~/data --seeds 1,2,3
  ${name} run ${id} --dry-run
  ${name} run ${id} --budget 30m
  ${name} run all --jobs 4`
}

/** The words, beside the command's name, that make one reproduction so. */
export const wordsFor = (
  { reproduction, choice }: Chosen,
  chosen: RunOptions,
): readonly string[] => [
  ...['run', reproduction.id, ...choiceWords(choice, chosen.results)],
  ...runWords(chosen),
]

/** The words that say how to run, beside those that say what. */
export const runWords = (chosen: RunOptions): readonly string[] => [
  ...(chosen.only === undefined ? [] : ['--only', chosen.only.join(',')]),
  ...['--backend', chosen.backend],
  ...(chosen.data === undefined ? [] : ['--data', chosen.data]),
  ...(chosen.workers === 0 ? [] : ['--workers', String(chosen.workers)]),
  ...(chosen.checkpointEvery === 5 ? [] : ['--checkpoint-every', String(chosen.checkpointEvery)]),
  ...(chosen.log === undefined ? [] : ['--log', chosen.log.join(',')]),
]

/** The words that say what a run takes of the machine and what it lets pass; stored results do not name them. */
export const effortWords = (chosen: RunOptions): readonly string[] => [
  ...(chosen.jobs === 1 ? [] : ['--jobs', String(chosen.jobs)]),
  ...(chosen.threads === undefined ? [] : ['--threads', String(chosen.threads)]),
  ...(chosen.retries === 0 ? [] : ['--retries', String(chosen.retries)]),
  ...(chosen.force ? ['--force'] : []),
]

/** Reads minutes; fractions too. */
const minutes = (text: string): number => {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError(`minutes, more than 0, are wanted, found "${text}".`)
}

const parseLogs = (text: string, before?: readonly LogFormat[]): readonly LogFormat[] =>
  parseNames(text, before).map((name) => {
    const found = logFormats.find((format) => format === name)
    if (found === undefined) throw unknownName('log format', name, logFormats)
    return found
  })
