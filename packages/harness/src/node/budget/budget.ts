import { InvalidArgumentError } from 'commander'
import { RetableError, formatDuration } from '@retable/core/host'
import type { Reproduction } from '../../declare/reproduction.js'
import { optionOf } from '../../declare/option-name.js'
import { tierOf } from '../../declare/tier.js'
import type { Unit } from '../../unit/unit.js'
import type { Choice } from '../../plan/plan.js'
import { choiceWords } from '../cli/choice.js'

/** A reproduction with what is chosen for it. */
export interface Chosen {
  readonly reproduction: Reproduction
  readonly choice: Choice
}

/** A time as it was typed, and in seconds. */
export interface Budget {
  readonly text: string
  readonly seconds: number
}

/** What {@link fitBudget} goes by. */
export interface BudgetTerms {
  readonly budget: Budget
  /** Seconds of it that trials took; they count for at most half of it. */
  readonly tried: number
  /** Seconds that opening data sets took, which count for nothing. */
  readonly openingSeconds?: number
  readonly unitsFor: (chosen: Chosen) => readonly Unit[]
  /** Seconds that making these units takes, those with a result not counted. */
  readonly secondsOf: (units: readonly Unit[]) => number
}

/** What {@link fitBudget} came to. */
export interface FittedBudget {
  readonly fitted: readonly Chosen[]
  /** Left out, with the seconds that each takes at least: at its shortest and with one seed, unless these were chosen. */
  readonly leftOut: readonly { readonly id: string; readonly seconds: number }[]
  readonly seconds: number
  readonly openingSeconds: number
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Reads `30m`, `2h`, `90s`, `1.5h`, `2d` into seconds. */
export const parseBudget = (text: string): number => {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? []
  const seconds = Number(digits) * (unitSeconds[unit ?? ''] ?? NaN)
  if (seconds > 0) return seconds
  throw new InvalidArgumentError(`expected a duration such as 90s, 30m or 2h, got "${text}".`)
}

/**
 * Chooses lengths of training and seeds so that everything is made in the time there is: as many of the tier's seeds as
 * fit at each tier's least length, and then the longest runs, the same share of its own length for every reproduction,
 * never more than that. What the command line has chosen itself stays as it is.
 *
 * If not even one seed fits at the least lengths, the reproduction that takes longest is left out, and so on.
 *
 * @throws RetableError `invalid-argument` if nothing fits, naming the time that it takes.
 */
export const fitBudget = (
  asked: readonly Chosen[],
  { budget, tried, openingSeconds = 0, unitsFor, secondsOf }: BudgetTerms,
): FittedBudget => {
  const seconds = Math.max(budget.seconds - tried, budget.seconds / 2)
  const leftOut: { id: string; seconds: number }[] = []
  const timeOf = (chosen: readonly Chosen[]) => secondsOf(chosen.flatMap(unitsFor))
  let left = asked
  for (;;) {
    const mostSeeds = Math.max(...left.map(seedsOf).map((seeds) => seeds.length))
    for (let seeds = mostSeeds; seeds >= 1; seeds--) {
      const at = (share: number) => left.map((chosen) => shorten(chosen, share, seeds))
      if (timeOf(at(0)) > seconds) continue
      const share = largest((share) => timeOf(at(share)) <= seconds)
      const fitted = at(share)
      return { fitted, leftOut, seconds: timeOf(fitted), openingSeconds }
    }
    const alone = left.map((chosen) => timeOf([shorten(chosen, 0, 1)]))
    const longest = alone.indexOf(Math.max(...alone))
    const { id } = left[longest]!.reproduction
    leftOut.push({ id, seconds: alone[longest]! })
    if (left.length === 1) {
      throw new RetableError(
        'invalid-argument',
        `--budget ${budget.text} is too little for ${id}: ${leastWords(left[longest]!)}, it takes about ${formatDuration(alone[longest]!)}` +
          (tried > 0 ? `, and finding that out took ${formatDuration(tried)}` : ''),
      )
    }
    left = left.filter((_, i) => i !== longest)
  }
}

/** The largest share from 0 to 1 that is `good`, to one part in a thousand; 0 is. */
const largest = (good: (share: number) => boolean): number => {
  if (good(1)) return 1
  let [low, high] = [0, 1]
  while (high - low > 1e-3) {
    const middle = (low + high) / 2
    if (good(middle)) low = middle
    else high = middle
  }
  return low
}

const seedsOf = (chosen: Chosen): readonly number[] =>
  chosen.choice.seeds ?? tierOf(chosen.reproduction, chosen.choice.tier)?.seeds ?? [0]

/** The least that a budget may choose of what the command line left open: `at its shortest, with one seed`. */
const leastWords = ({ reproduction, choice }: Chosen): string => {
  const { seeds, overrides = {} } = choice
  const setting = tierOf(reproduction, choice.tier)?.length?.setting
  const given = setting === undefined ? undefined : overrides[setting]
  const length = given === undefined ? 'at its shortest' : `with ${optionOf(setting!)} ${given}`
  return `${length}, with ${seeds === undefined ? 'one seed' : `--seeds ${seeds.join(',')}`}`
}

/** The choice with the first so many seeds, and a share of the way from the least length to the tier's own. */
const shorten = (chosen: Chosen, share: number, seeds: number): Chosen => {
  const { choice, reproduction } = chosen
  const tier = tierOf(reproduction, choice.tier)
  if (!tier) return chosen
  const { length, settings } = tier
  const own = length && settings[length.setting]
  const free = length && choice.overrides?.[length.setting] === undefined
  const value =
    free && typeof own === 'number' ? twoDigits(length.least + share * (own - length.least)) : own
  const kept = seedsOf(chosen).slice(0, seeds)
  return {
    reproduction,
    choice: {
      ...choice,
      ...(choice.seeds === undefined && kept.length < tier.seeds.length && { seeds: kept }),
      ...(free &&
        typeof value === 'number' &&
        value !== own && {
          overrides: { ...choice.overrides, [length.setting]: Math.max(length.least, value) },
        }),
    },
  }
}

/** Rounded down to a whole number of two digits that count: 347 becomes 340. */
const twoDigits = (value: number): number => {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1)
  return Math.floor(value / unit + 1e-9) * unit
}

/** One line on what was chosen: `--budget 30m: vgg-table3 --steps 340 --seeds 1,2 (about 29 min 3 s)`. */
export const budgetText = (
  { text }: Budget,
  { fitted, leftOut, seconds, openingSeconds }: FittedBudget,
): string => {
  const flags = ({ reproduction, choice }: Chosen) => {
    const { seeds, overrides = {} } = choice
    const words = choiceWords({ seeds, overrides }, 'results')
    return [reproduction.id, ...(words.length > 0 ? words : ['as its tier says'])].join(' ')
  }
  const without = leftOut.map(
    ({ id, seconds: least }) => `${id} (at least ${formatDuration(least)})`,
  )
  return (
    `--budget ${text}: ${fitted.map(flags).join('; ')} (about ${formatDuration(seconds)})` +
    (openingSeconds >= 1
      ? `; opening the data took ${formatDuration(openingSeconds)}, not counted`
      : '') +
    (without.length > 0 ? `; left out: ${without.join(', ')}` : '')
  )
}
