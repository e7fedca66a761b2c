import { RetableError, unknownName } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { Unit, UnitDefinition } from './unit.js'
import { assertPlainJson } from './plain-json.js'
import {
  laterShape,
  object,
  objectOf,
  orNull,
  positive,
  recordOf,
  shapeFaultOf,
  text,
  whole,
  type Shape,
} from './shape.js'

/** A unit as plain JSON: everything but the code, which the receiver looks up by `kind` and `version`. */
export type PackedUnit = {
  /** The unit's kind, by which the receiver finds its code. */
  readonly kind: string
  /** The version of that code; another one is refused. */
  readonly version: number
  /** What is run. */
  readonly config: JsonObject
  /** The seed; null if the unit draws nothing. */
  readonly seed: number | null
  /** What people see. */
  readonly label: string
  /** Relative amount of work, for estimates. */
  readonly cost: number
  /** The units whose results it reads, by the name under which it asks for them. */
  readonly needs: { readonly [name: string]: PackedUnit }
}

/** The shape of a packed unit. */
export const packedUnitShape: Shape<PackedUnit> = objectOf<PackedUnit>({
  kind: text,
  version: whole,
  config: object,
  seed: orNull(whole),
  label: text,
  cost: positive,
  needs: recordOf(laterShape(() => packedUnitShape)),
})

/** The kinds of work that a command knows, by kind. */
export type UnitDefinitions = ReadonlyMap<string, UnitDefinition>

/**
 * The definitions of these kinds of units, by kind.
 *
 * @throws RetableError `invalid-argument` if two different definitions have one kind.
 */
export const unitDefinitions = (
  factories: readonly { readonly definition: UnitDefinition }[],
): UnitDefinitions => {
  const known = new Map<string, UnitDefinition>()
  for (const { definition } of factories) {
    const other = known.get(definition.kind)
    if (other && other !== definition) {
      throw new RetableError(
        'invalid-argument',
        `two unit definitions are called "${definition.kind}"`,
      )
    }
    known.set(definition.kind, definition)
  }
  return known
}

/**
 * The definition of a kind, which must be the one that the unit has, or of its version.
 *
 * @throws RetableError `unknown-name` for a kind that is not among them, `mismatch` for another version.
 */
export const definitionOf = (
  { kind, version }: Pick<UnitDefinition, 'kind' | 'version'>,
  definitions: UnitDefinitions,
): UnitDefinition => {
  const definition = definitions.get(kind)
  if (!definition) throw unknownName('unit kind', kind, [...definitions.keys()])
  if (definition.version !== version) {
    throw new RetableError(
      'mismatch',
      `unit kind "${kind}" has version ${definition.version} here, expected ${version}`,
    )
  }
  return definition
}

/**
 * Turns a unit, and all that it needs, into plain JSON.
 *
 * @throws RetableError `invalid-argument` if its config is not plain JSON.
 */
export const packUnit = ({ definition, config, seed, label, cost, needs }: Unit): PackedUnit => {
  assertPlainJson(config, `config of unit "${label}"`)
  const packed = Object.entries(needs).map(([name, need]) => [name, packUnit(need)] as const)
  const { kind, version } = definition
  return { kind, version, config, seed, label, cost, needs: Object.fromEntries(packed) }
}

/**
 * Turns what {@link packUnit} returned, or JSON of another process, into a unit again; its key is that of the unit
 * that was packed.
 *
 * @throws RetableError `corrupt-data` if the value is no packed unit, `unknown-name` or `mismatch` if its kind and
 * version are not among the definitions.
 */
export const unpackUnit = (json: unknown, definitions: UnitDefinitions): Unit => {
  const fault = shapeFaultOf(packedUnitShape, json)
  if (fault !== undefined)
    throw new RetableError('corrupt-data', `this is no packed unit: ${fault}`)
  return unitOf(json as PackedUnit, definitions)
}

const unitOf = (packed: PackedUnit, definitions: UnitDefinitions): Unit => {
  const { kind, version, config, seed, label, cost, needs } = packed
  const unpacked = Object.entries(needs).map(
    ([name, need]) => [name, unitOf(need, definitions)] as const,
  )
  return {
    definition: definitionOf({ kind, version }, definitions),
    ...{ config, seed, label, cost },
    needs: Object.fromEntries(unpacked),
  }
}
