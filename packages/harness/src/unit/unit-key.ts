import type { Unit } from './unit.js'
import { assertPlainJson } from './plain-json.js'
import { sha256OfJson } from './canonical-json.js'

/** What a unit's key is the hash of. */
export interface KeyParts {
  readonly kind: string
  readonly version: number
  readonly config: unknown
  readonly seed: number | null
  /** Keys of the needed units by name. */
  readonly needs: Readonly<Record<string, string>>
}

/** SHA-256 of the canonical JSON of (kind, version, config, seed, needs). */
export const keyOf = ({ kind, version, config, seed, needs }: KeyParts): string =>
  sha256OfJson({ kind, version, config, seed, needs })

const keys = new WeakMap<Unit, string>()

/**
 * The key that a unit's result is kept under.
 *
 * @throws RetableError `invalid-argument` if the unit's config is not plain JSON.
 */
export const unitKey = (unit: Unit): string => {
  const known = keys.get(unit)
  if (known !== undefined) return known
  const { kind, version } = unit.definition
  assertPlainJson(unit.config, `config of unit "${unit.label}"`)
  const key = keyOf({ kind, version, config: unit.config, seed: unit.seed, needs: needKeys(unit) })
  keys.set(unit, key)
  return key
}

/** Keys of a unit's needs by name. */
export const needKeys = (unit: Unit): Record<string, string> =>
  Object.fromEntries(Object.entries(unit.needs).map(([name, need]) => [name, unitKey(need)]))

/** How people are shown a key: its first twelve digits. */
export const shortKey = (key: string): string => key.slice(0, 12)
