import type { Reproduction } from '../../declare/reproduction.js'
import type { StoredResult } from '../../unit/result.js'
import { optionOf } from '../../declare/option-name.js'

/** Settings changed by name. */
type Overrides = Readonly<Record<string, number>>

/**
 * What runs of a reproduction in a tier have changed of its settings, by the command lines that stored results name:
 * each set of changes once, those of most results first. A tier that is too long for a machine is made shorter so.
 */
export const storedOverrides = (
  results: readonly Pick<StoredResult, 'command'>[],
  reproduction: Reproduction,
  tier: string,
): readonly Overrides[] => {
  const counts = new Map<string, number>()
  for (const { command } of results) {
    const overrides = overridesIn(command, reproduction, tier)
    if (!overrides || Object.keys(overrides).length === 0) continue
    const text = JSON.stringify(overrides)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([text]) => JSON.parse(text) as Overrides)
}

/** The settings that a command line changes; undefined where it runs something else, or another tier. */
const overridesIn = (
  [, verb, id, ...words]: readonly string[],
  reproduction: Reproduction,
  tier: string,
): Overrides | undefined => {
  const after = (option: string): string | undefined => {
    const at = words.indexOf(option)
    return at < 0 ? undefined : words[at + 1]
  }
  const itsTier = after('--tier') ?? reproduction.tiers?.[0]?.name
  if (verb !== 'run' || id !== reproduction.id || itsTier !== tier) return undefined
  const names = Object.keys(reproduction.overrides ?? {}).sort()
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = after(optionOf(name))
      return value === undefined || !Number.isFinite(Number(value)) ? [] : [[name, Number(value)]]
    }),
  )
}
