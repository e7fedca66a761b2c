import { InvalidArgumentError, type Command } from 'commander'
import { unknownName } from '@retable/core'
import type { Reproduction } from '../../reproduction.js'
import { optionOf } from '../option-name.js'
import type { Choice, Plan } from '../run/plan.js'
import { shellQuote } from './shell-quote.js'

export { optionOf }

/** The options that choose what a run or a report is about. */
export interface ChoiceOptions {
  readonly tier?: string
  readonly seeds?: readonly number[]
  readonly results: string
  readonly [override: string]: unknown
}

/** Reads `1,2,3`. */
export const parseSeeds = (text: string): readonly number[] => {
  const words = text.split(',').map((word) => word.trim())
  const seeds = words.map(Number)
  if (words.includes('') || !seeds.every(Number.isSafeInteger)) {
    throw new InvalidArgumentError(`seeds are integers divided by commas, found "${text}".`)
  }
  return seeds
}

/** Reads a whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least || text.trim() === '') {
      throw new InvalidArgumentError(
        `a whole number of at least ${least} is wanted, found "${text}".`,
      )
    }
    return value
  }

const settingValue = (text: string): number => {
  const value = Number(text)
  if (!(value >= 0 && Number.isFinite(value)) || text.trim() === '') {
    throw new InvalidArgumentError(`a number of at least 0 is wanted, found "${text}".`)
  }
  return value
}

/** Reads `a,b,c`. */
export const parseNames = (text: string): readonly string[] =>
  text.split(',').map((word) => word.trim())

/** Every setting that some reproduction lets the command line change, with its help. */
export const overridesOf = (
  reproductions: readonly Reproduction[],
): ReadonlyMap<string, string> => {
  const help = new Map<string, string>()
  for (const { id, overrides } of reproductions) {
    for (const [name, text] of Object.entries(overrides ?? {})) {
      if (text !== undefined && !help.has(name)) help.set(name, `${text} (${id})`)
    }
  }
  return help
}

/** Adds the options that choose tier, seeds, cells, settings and the results folder. */
export const addChoiceOptions = (
  command: Command,
  reproductions: readonly Reproduction[],
): Command => {
  command
    .option('--tier <tier>', 'synthetic, cifar10 or imagenet (default: the first it has)')
    .option('--seeds <list>', 'seeds, as 1,2,3 (default: the tier’s)', parseSeeds)
    .option('--results <dir>', 'folder of results', 'results')
  for (const [name, help] of overridesOf(reproductions)) {
    command.option(`${optionOf(name)} <n>`, help, settingValue)
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

/** The words of a command line that makes this choice again. */
export const choiceWords = (
  { tier, seeds, overrides = {} }: Choice,
  results: string,
): readonly string[] => [
  ...(tier === undefined ? [] : ['--tier', tier]),
  ...(seeds === undefined ? [] : ['--seeds', seeds.join(',')]),
  ...Object.entries(overrides).flatMap(([name, value]) => [optionOf(name), String(value)]),
  ...(results === 'results' ? [] : ['--results', results]),
]

/** The command line, quoted for a shell. */
export const commandLine = (
  name: string,
  subcommand: string,
  id: string,
  choice: Choice,
  results: string,
  more: readonly string[] = [],
): string => shellQuote([name, subcommand, id, ...choiceWords(choice, results), ...more])

/** The command line that makes what a report shows, with every seed that it takes. */
export const againLine = (
  name: string,
  { reproduction, tier, seeds }: Plan,
  choice: Choice,
  results: string,
): string => commandLine(name, 'run', reproduction.id, { ...choice, seeds: tier && seeds }, results)

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
