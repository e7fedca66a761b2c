import { InvalidArgumentError, Option, type Command } from 'commander'
import { unknownName } from '@retable/core/host'
import type { Reproduction } from '../../declare/reproduction.js'
import { logFormats, type LogFormat } from '../log/unit-log.js'
import { parseBudget, type Budget, type Chosen } from '../budget/budget.js'
import {
  addChoiceOptions,
  choiceWords,
  decimalNumber,
  parseNames,
  untilDecidedWords,
  wholeNumber,
  type ChoiceOptions,
} from './choice.js'
import { addClusterOptions, type ClusterOptions } from './cluster-options.js'
import { dataDefault, type CommandContext } from './options.js'

/** What `run` and `work` take besides ids, parsed. */
export interface MakingOptions extends ChoiceOptions {
  /** The backend's name; the first of the command's unless given. */
  readonly backend: string
  /** The folder of data sets; RETABLE_DATA unless given, else `data`. */
  readonly data?: string
  /** The cells to run, by name; all unless given. */
  readonly only?: readonly string[]
  /** Threads of each job's backend; all of the machine's, divided among the jobs, unless given. */
  readonly threads?: number
  /** Units that run at the same time; as many as make the run fastest unless given. */
  readonly jobs: number
  /** Further attempts at a unit that failed. */
  readonly retries: number
  /** Threads per job that make batches, besides the backend's. */
  readonly workers: number
  /** Minutes between checkpoints. */
  readonly checkpointEvery: number
  /** Formats in which the course of each unit is written, besides JSON lines. */
  readonly log?: readonly LogFormat[]
  /** Prints what would run, and runs nothing. */
  readonly dryRun?: boolean
  /** Resume from a checkpoint although backend, packages or data differ. */
  readonly force?: boolean
  /** Delete checkpoints and start again. */
  readonly restart?: boolean
}

/** What `run` takes besides ids, parsed. */
export interface RunOptions extends MakingOptions, ClusterOptions {
  /** Runs units in a browser: one that is started, or one that people open. */
  readonly browser?: 'headless' | 'open'
  /** The time that the run may take: training is shortened and seeds are left out until it fits. */
  readonly budget?: Budget
  /** Adds seeds to the cells of open claims, by looks stated in advance. */
  readonly untilDecided?: boolean
  /** The most seeds that `untilDecided` may reach. */
  readonly maxSeeds?: number
}

/** Adds the options of `run`, and its examples. */
export const addRunOptions = (command: Command, context: CommandContext): Command => {
  const help = {
    jobs: 'units at a time; with more than one, each in its own process (default: what makes this run fastest)',
    dryRun: 'say what would run, and run nothing; with --budget, each table is still timed for a few seconds', // prettier-ignore
  }
  addClusterOptions(addMakingOptions(command, context, help))
  for (const option of onlyOfRun()) command.addOption(option)
  return command.addHelpText('after', examples(context.name, context.reproductions))
}

/** The most seeds that `--until-decided` reaches unless `--max-seeds` says another number. */
export const usualMaxSeeds = 20

/** The options of `run` that `work` refuses. */
export const onlyOfRun = (): readonly Option[] => [
  new Option(
    '--browser <how>',
    'run in a browser: headless starts Chromium, open prints a URL for a browser of your own',
  ).choices(['headless', 'open']),
  new Option(
    '--budget <time>',
    'shorter training and fewer seeds, so that it takes no longer: 30m, 2h; says which',
  ).argParser((text): Budget => ({ text, seconds: parseBudget(text) })),
  new Option(
    '--until-decided',
    'add seeds to undecided claims, testing only at sample sizes fixed in advance',
  ),
  new Option(
    '--max-seeds <n>',
    `with --until-decided: seeds of the last look (default: ${usualMaxSeeds})`,
  ).argParser(wholeNumber(5)),
]

/** Adds the options that say how units are made. */
export const addMakingOptions = (
  command: Command,
  { reproductions, backends, name }: CommandContext,
  help: { readonly jobs: string; readonly dryRun: string },
): Command =>
  addChoiceOptions(command, reproductions)
    .option(
      '--only <cells>',
      `make only these cells, by id, separated by commas; ${name} list ID shows the ids`,
      parseNames,
    )
    .option('--backend <name>', backends.join(', '), backends[0])
    .option('--data <dir>', `folder of data sets ${dataDefault}`)
    .option(
      '--threads <n>',
      'threads for each job’s backend (default: all, divided among the jobs)',
      wholeNumber(1),
    )
    .option('--jobs <n>', help.jobs, wholeNumber(1))
    .option('--retries <n>', 'more attempts at a unit that fails', wholeNumber(0), 0)
    .option(
      '--workers <n>',
      'threads per job that make batches, besides the backend’s',
      wholeNumber(0),
      0,
    )
    .option('--checkpoint-every <minutes>', 'minutes between checkpoints', minutes, 5)
    .option('--log <formats>', `${logFormats.join(', ')}; JSON lines are always written`, parseLogs)
    .option('--dry-run', help.dryRun)
    .option('--force', 'resume from checkpoints that other software or data made')
    .option('--restart', 'delete checkpoints and start again')

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
  ${name} run ${id} --until-decided --max-seeds 20
  ${name} run all --jobs 4
  ${name} run ${id} --executor slurm --jobs 8 --time 4:00:00`
}

/** The words, besides the command's name, that make one reproduction so. */
export const wordsFor = (
  { reproduction, choice }: Chosen,
  chosen: RunWordsOptions,
): readonly string[] => [
  ...['run', reproduction.id, ...choiceWords(choice, chosen.results)],
  ...runWords(chosen),
]

type RunWordsOptions = MakingOptions &
  Partial<Pick<RunOptions, 'browser' | 'untilDecided' | 'maxSeeds'>>

/** The words that say how to run, besides those that say what. */
export const runWords = (chosen: RunWordsOptions): readonly string[] => [
  ...(chosen.only === undefined ? [] : ['--only', chosen.only.join(',')]),
  ...['--backend', chosen.backend],
  ...(chosen.browser === undefined ? [] : ['--browser', chosen.browser]),
  ...(chosen.data === undefined ? [] : ['--data', chosen.data]),
  ...(chosen.workers === 0 ? [] : ['--workers', String(chosen.workers)]),
  ...(chosen.checkpointEvery === 5 ? [] : ['--checkpoint-every', String(chosen.checkpointEvery)]),
  ...(chosen.log === undefined ? [] : ['--log', chosen.log.join(',')]),
  ...(chosen.untilDecided ? untilDecidedWords(chosen.maxSeeds ?? usualMaxSeeds) : []),
]

/** The words that say how much of the machine a run takes and what it accepts; stored commands leave them out. */
export const effortWords = (chosen: RunOptions): readonly string[] => [
  ...(chosen.jobs === 1 ? [] : ['--jobs', String(chosen.jobs)]),
  ...(chosen.threads === undefined ? [] : ['--threads', String(chosen.threads)]),
  ...(chosen.retries === 0 ? [] : ['--retries', String(chosen.retries)]),
  ...(chosen.force ? ['--force'] : []),
]

/** Reads minutes; fractions too. */
const minutes = (text: string): number => {
  const value = decimalNumber(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError(`expected a number of minutes above 0, got "${text}".`)
}

const parseLogs = (text: string, before?: readonly LogFormat[]): readonly LogFormat[] =>
  parseNames(text, before).map((name) => {
    const found = logFormats.find((format) => format === name)
    if (found === undefined) throw unknownName('log format', name, logFormats)
    return found
  })
