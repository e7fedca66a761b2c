import { InvalidArgumentError, type Command } from 'commander'
import { RetableError, unknownName } from '@retable/core/host'
import { takenNumbers, takesNumber, type Override } from '../../declare/override.js'
import type { Reproduction } from '../../declare/reproduction.js'
import { tierNamesOf } from '../../declare/tier.js'
import { optionOf, overrideWords } from '../../declare/option-name.js'
import type { Choice, Plan } from '../../plan/plan.js'
import type { Study } from '../../plan/study.js'
import { shellQuote } from './shell-quote.js'

/** The options that choose what a run or a report is about. */
export interface ChoiceOptions {
  /** The tier's name; the reproduction's first unless given. */
  readonly tier?: string
  /** The seeds; the tier's own unless given. */
  readonly seeds?: readonly number[]
  /** The results folder. */
  readonly results: string
  readonly [override: string]: unknown
}

/** Digits as a number; NaN for anything else, such as -1, 0x10 and 1e3. */
const decimalInteger = (text: string): number => (/^\d+$/.test(text) ? Number(text) : NaN)

/** Reads `1,2,3`. */
const parseSeeds = (text: string, before?: readonly number[]): readonly number[] => {
  const words = text.split(',').map((word) => word.trim())
  const seeds = words.map(decimalInteger)
  if (!seeds.every(Number.isSafeInteger)) {
    throw new InvalidArgumentError(
      `expected whole numbers of at least 0 separated by commas, got "${text}".`,
    )
  }
  return distinctList(seeds, before, text)
}

/** The list of an option that is given once and names nothing twice. */
const distinctList = <T>(
  list: readonly T[],
  before: readonly T[] | undefined,
  text: string,
): readonly T[] => {
  if (before) {
    throw new InvalidArgumentError('is given twice; expected one list, separated by commas.')
  }
  const twice = list.find((one, i) => list.indexOf(one) !== i)
  if (twice === undefined) return list
  throw new InvalidArgumentError(`names ${String(twice)} twice: ${text}`)
}

/** Reads a whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = decimalInteger(text.trim())
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`expected a whole number of at least ${least}, got "${text}".`)
    }
    return value
  }

/** A number as people write it, `0.5` or `5e12`; NaN for anything else, such as 0x10. */
export const decimalNumber = (text: string): number =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : NaN

const settingValue =
  (override: Override) =>
  (text: string): number => {
    const value = decimalNumber(text)
    if (!takesNumber(override, value)) {
      throw new InvalidArgumentError(`expected ${takenNumbers(override)}, got "${text}".`)
    }
    return value
  }

/** Reads `a,b,c`. */
export const parseNames = (text: string, before?: readonly string[]): readonly string[] =>
  distinctList(
    text.split(',').map((word) => word.trim()),
    before,
    text,
  )

/**
 * Every setting that some reproduction lets the command line change.
 *
 * @throws RetableError `invalid-argument` if two of them let one setting take different numbers.
 */
const overridesOf = (reproductions: readonly Reproduction[]): ReadonlyMap<string, Override> => {
  const found = new Map<string, Override>()
  for (const { id, overrides } of reproductions) {
    for (const [name, override] of Object.entries(overrides ?? {})) {
      if (!override) continue
      const known = found.get(name)
      if (!known) found.set(name, override)
      else if (takenNumbers(known) !== takenNumbers(override)) {
        throw new RetableError(
          'invalid-argument',
          `${optionOf(name)} takes ${takenNumbers(override)} in ${id}, and ${takenNumbers(known)} elsewhere`,
        )
      }
    }
  }
  return found
}

/** What a setting is, in each of the ways that reproductions say it. */
const helpOf = (name: string, reproductions: readonly Reproduction[]): string =>
  [...new Set(reproductions.flatMap(({ overrides }) => overrides?.[name]?.help ?? []))].join(
    '; of other tables: ',
  )

/** Adds the options that choose tier, seeds, cells, settings and the results folder. */
export const addChoiceOptions = (
  command: Command,
  reproductions: readonly Reproduction[],
): Command => {
  const tiers = tierNamesOf(reproductions.map((one) => one.tiers?.map(({ name }) => name) ?? []))
  command
    .option('--tier <tier>', `${tiers.join(', ')} (default: the first it has)`)
    .option('--seeds <list>', 'seeds, as 1,2,3 (default: the tier’s)', parseSeeds)
    .option('--results <dir>', 'folder of results', 'results')
  for (const [name, override] of overridesOf(reproductions)) {
    const help = helpOf(name, reproductions)
    command.option(`${optionOf(name)} <n>`, help, settingValue(override))
  }
  return command
}

/** The choice that parsed options make. */
export const choiceOf = (
  options: ChoiceOptions,
  reproductions: readonly Reproduction[],
): Choice => {
  const overrides: Record<string, number> = {}
  for (const name of overridesOf(reproductions).keys()) {
    const value = options[name]
    if (typeof value === 'number') overrides[name] = value
  }
  return { tier: options.tier, seeds: options.seeds, overrides }
}

/** The words that name a folder of results; none for the one that is taken without them. */
export const resultsWords = (results: string): readonly string[] =>
  results === 'results' ? [] : ['--results', results]

/** The words of a command line that makes this choice again. */
export const choiceWords = (
  { tier, seeds, overrides = {} }: Choice,
  results: string,
): readonly string[] => [
  ...(tier === undefined ? [] : ['--tier', tier]),
  ...(seeds === undefined ? [] : ['--seeds', seeds.join(',')]),
  ...overrideWords(overrides),
  ...resultsWords(results),
]

/** The command line, quoted for a shell. */
export const commandLine = (
  typed: readonly string[],
  subcommand: string,
  id: string,
  choice: Choice,
  results: string,
  more: readonly string[] = [],
): string => shellQuote([...typed, subcommand, id, ...choiceWords(choice, results), ...more])

/**
 * The command line that makes what a report shows: with every seed that it takes, or with those that the study began with and
 * `--until-decided`, if it grew by looks.
 */
export const againLine =
  (
    name: string,
    { reproduction, tier, seeds }: Pick<Plan, 'reproduction' | 'tier' | 'seeds'>,
    choice: Choice,
    results: string,
  ) =>
  ({ sequential, grownElsewhere }: Study): string =>
    sequential && !grownElsewhere
      ? commandLine(
          [name],
          'run',
          reproduction.id,
          { ...choice, seeds: sequential.seeds.slice(0, sequential.looks[0]) },
          results,
          untilDecidedWords(sequential.looks.at(-1)!),
        )
      : commandLine([name], 'run', reproduction.id, { ...choice, seeds: tier && seeds }, results)

/** The words that let a study grow. */
export const untilDecidedWords = (maxSeeds: number): readonly string[] => [
  '--until-decided',
  '--max-seeds',
  String(maxSeeds),
]

/** The reproduction of that id. Throws `unknown-name` with the nearest. */
export const findReproduction = (
  reproductions: readonly Reproduction[],
  id: string,
): Reproduction => {
  const found = reproductions.find((reproduction) => reproduction.id === id)
  if (!found) {
    throw unknownName(
      'reproduction',
      id,
      reproductions.map((reproduction) => reproduction.id),
    )
  }
  return found
}
