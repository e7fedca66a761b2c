import { RetableError, nearestNames, unknownName } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'

/** A scale at which a reproduction can be run: which data, how large, how long. */
export interface Tier<S extends JsonObject = JsonObject> {
  /** What `--tier` takes, of the author's choosing, kebab-case: `cifar10`. */
  readonly name: string
  /** The tier's data and scale in a sentence, for people. */
  readonly describe: string
  /** The paper's own data and scale: cells are compared with the paper's numbers. */
  readonly paper?: true
  /** What `plan` gets as `settings`; numbers among them may be changed by `overrides`. */
  readonly settings: S
  /** Five or more for verdicts. */
  readonly seeds: readonly number[]
  /** The setting that says how long nets are trained, and how little of it will do; `--budget` chooses between. */
  readonly length?: { readonly setting: string; readonly least: number }
  /** The cells made in this tier (default: all). */
  readonly cells?: readonly string[]
}

/** What is read of a reproduction here. */
interface HasTiers {
  readonly id: string
  readonly tiers?: readonly Tier[]
}

/**
 * The tier of that name, or without a name the first; undefined for counts, which are the same in every tier.
 *
 * @throws RetableError `unknown-name` with the nearest names, `invalid-argument` if nothing is near.
 */
export const tierOf = ({ id, tiers }: HasTiers, name: string | undefined): Tier | undefined => {
  if (!tiers || name === undefined) return tiers?.[0]
  const found = tiers.find((tier) => tier.name === name)
  if (found) return found
  throw noSuchTier(
    id,
    name,
    tiers.map((tier) => tier.name),
  )
}

/** The error for a tier that is not there: `vgg-table3 has no cifar tier; it has synthetic, cifar10`. */
export const noSuchTier = (where: string, name: string, known: readonly string[]): RetableError =>
  nearestNames(name, known).length > 0
    ? unknownName('tier', name, known)
    : new RetableError(
        'invalid-argument',
        `${where} has no ${name} tier; it has ${known.join(', ')}`,
      )

/**
 * The names of the tiers of several reproductions, each once. A name that only later ones have comes right after the one
 * that it follows there, so that the order is that of every list as far as they agree.
 */
export const tierNamesOf = (lists: readonly (readonly string[])[]): readonly string[] => {
  const names: string[] = []
  for (const list of lists) {
    list.forEach((name, i) => {
      if (names.includes(name)) return
      names.splice(i === 0 ? 0 : names.indexOf(list[i - 1]!) + 1, 0, name)
    })
  }
  return names
}

/**
 * Whether ours and the paper's numbers are compared cell by cell: counts are, and so is a tier marked `paper` if none of
 * its settings were changed. This is the one place that decides it.
 */
export const comparesWithPaper = (
  tier: Pick<Tier, 'paper'> | undefined,
  changedSettings: number,
): boolean => tier === undefined || (tier.paper === true && changedSettings === 0)
