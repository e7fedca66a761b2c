import { RetableError, unknownName } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { Cell, Reproduction } from '../declare/reproduction.js'
import { tierOf, type Tier } from '../declare/tier.js'
import type { SequentialPlan } from '../judge/statistics/sequential.js'
import type { PlanSettings } from '../unit/settings.js'
import type { Unit } from '../unit/unit.js'
import { optionOf } from '../declare/option-name.js'

/** What the command line chose. */
export interface Choice {
  /** Name of the tier (default: the reproduction's first). */
  readonly tier?: string | undefined
  /** Whole numbers of at least 0 (default: the tier's own). */
  readonly seeds?: readonly number[] | undefined
  /** Settings changed by name. */
  readonly overrides?: Readonly<Record<string, number>>
}

/** A setting that is not the tier's own. */
export interface Overridden {
  /** Name of the setting, as the reproduction declares it. */
  readonly name: string
  /** The value that was chosen. */
  readonly value: number
  /** The tier's own value; null if it has none. */
  readonly from: number | null
}

/** A cell with its unit for each seed. */
export interface PlannedCell {
  /** The cell of the paper's table. */
  readonly cell: Cell
  /** By seed; one entry, of seed 0, for counts. */
  readonly units: ReadonlyMap<number, Unit>
}

/** What a run or report of a reproduction is about. */
export interface Plan {
  /** The reproduction that was planned. */
  readonly reproduction: Reproduction
  /** Undefined for counts. */
  readonly tier: Tier | undefined
  /** The tier's settings with what was chosen in their place; empty for counts. */
  readonly settings: JsonObject
  /** Settings that are not the tier's own. */
  readonly overridden: readonly Overridden[]
  /** The seeds of each cell; 0 for counts. */
  readonly seeds: readonly number[]
  /** The cells that the tier makes, in the table's order. */
  readonly cells: readonly PlannedCell[]
  /** The looks of a study that may grow, if any were stated. */
  readonly sequential?: SequentialPlan
}

/**
 * Turns a choice of tier, seeds and settings into the units to make.
 *
 * @throws RetableError `unknown-name` with the nearest names for a tier that is not there, `invalid-argument` for an override that the reproduction does not declare.
 */
export const planReproduction = (reproduction: Reproduction, choice: Choice): Plan => {
  const tier = tierOf(reproduction, choice.tier)
  const overridden = applyOverrides(reproduction, tier?.settings ?? {}, choice.overrides ?? {})
  const settings: JsonObject = {
    ...tier?.settings,
    ...Object.fromEntries(overridden.map(({ name, value }) => [name, value])),
  }
  const seeds = tier ? [...new Set(choice.seeds ?? tier.seeds)] : [0]
  const wanted = (cell: Cell) => tier?.cells?.includes(cell.id) ?? true
  return {
    reproduction,
    tier,
    settings,
    overridden,
    seeds,
    cells: reproduction.cells.filter(wanted).flatMap((cell) => {
      const { config } = cell
      if (config === null) return []
      const units = seeds.map(
        (seed) => [seed, reproduction.plan({ cell, config, settings, seed })] as const,
      )
      return [{ cell, units: new Map(units) }]
    }),
  }
}

/**
 * The plan of some of a plan's cells; of all without a list.
 *
 * @throws RetableError `unknown-name` with the nearest names for a cell that the reproduction does not have,
 * `invalid-argument` for one that the tier leaves out.
 */
export const onlyCells = (plan: Plan, only: readonly string[] | undefined): Plan => {
  if (only === undefined) return plan
  const { reproduction, tier } = plan
  const known = reproduction.cells.filter(({ config }) => config !== null).map(({ id }) => id)
  const cells = plan.cells.filter(({ cell }) => only.includes(cell.id))
  for (const id of only) {
    if (!known.includes(id)) throw unknownName(`cell of ${reproduction.id}`, id, known)
    if (!cells.some(({ cell }) => cell.id === id)) {
      throw new RetableError('invalid-argument', `cell "${id}" is not made in tier ${tier?.name}`)
    }
  }
  return { ...plan, cells }
}

/** What was chosen, as results store it. */
export const settingsOf = ({
  reproduction,
  tier,
  overridden,
  seeds,
  sequential,
}: Plan): PlanSettings => ({
  ...(sequential && { sequential: { looks: sequential.looks, level: sequential.level } }),
  reproduction: reproduction.id,
  tier: tier?.name ?? null,
  overrides: Object.fromEntries(overridden.map(({ name, value }) => [name, value])),
  seeds,
})

/** The plan's units in the order to make them: a whole table of the first seed, then of the next. */
export const unitsOf = (plan: Plan): readonly Unit[] =>
  plan.seeds.flatMap((seed) => plan.cells.flatMap(({ units }) => units.get(seed) ?? []))

const applyOverrides = (
  { id, overrides = {} }: Reproduction,
  settings: JsonObject,
  chosen: Readonly<Record<string, number>>,
): readonly Overridden[] =>
  Object.entries(chosen).flatMap(([name, value]) => {
    if (!Object.hasOwn(overrides, name)) {
      const known = Object.keys(overrides).map(optionOf)
      throw new RetableError(
        'invalid-argument',
        `${id} has no setting ${optionOf(name)}; it has ${known.length > 0 ? known.join(', ') : 'none to change'}`,
      )
    }
    const from = settings[name]
    if (from === value) return []
    return [{ name, value, from: typeof from === 'number' ? from : null }]
  })
