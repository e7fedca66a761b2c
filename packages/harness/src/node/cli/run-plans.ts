import { RetableError, nearestNames, unknownName } from '@retable/core/host'
import type { Reproduction } from '../../declare/reproduction.js'
import { noSuchTier, tierNamesOf } from '../../declare/tier.js'
import type { Unit } from '../../unit/unit.js'
import { onlyCells, planReproduction, unitsOf, type Plan } from '../../plan/plan.js'
import { unitKey } from '../../unit/unit-key.js'
import { withNeeds } from '../../unit/with-needs.js'
import { resultsBehind } from '../../plan/collect.js'
import { missingUnits } from '../../plan/missing.js'
import type { Store } from '../store/store.js'
import type { Chosen } from '../budget/budget.js'
import { choiceOf, findReproduction, type ChoiceOptions } from './choice.js'
import type { CommandContext } from './options.js'
import type { MakingOptions } from './run-options.js'

/** A table that a run was asked for, planned once. */
export interface PlannedTable extends Chosen {
  /** The whole table, whatever `--only` leaves of it. */
  readonly plan: Plan
  /** What is to be run of it. */
  readonly units: readonly Unit[]
}

/**
 * Plans a table.
 *
 * @throws RetableError as `planReproduction` and `onlyCells` do.
 */
export const planTable = (
  { reproduction, choice }: Chosen,
  { only }: Pick<MakingOptions, 'only'>,
): PlannedTable => {
  const plan = planReproduction(reproduction, choice)
  return { reproduction, choice, plan, units: unitsOf(onlyCells(plan, only)) }
}

/**
 * The reproductions of these ids (`all`: every one), planned as the options choose; of several, one that lacks the tier
 * or a setting is left out, with a line that says why.
 *
 * @throws RetableError `unknown-name` for an id or a tier that does not exist; what is wrong with the first, if all
 * would be left out.
 */
export const planTables = (
  ids: readonly string[],
  chosen: ChoiceOptions & Pick<MakingOptions, 'only'>,
  { name, reproductions, stderr = process.stderr }: CommandContext,
): readonly PlannedTable[] => {
  const named = ids.flatMap((id) =>
    id === 'all' ? reproductions : [findReproduction(reproductions, id)],
  )
  const choice = choiceOf(chosen, reproductions)
  const tiers = tierNamesOf(named.map((one) => one.tiers?.map((tier) => tier.name) ?? []))
  if (chosen.tier !== undefined && tiers.length > 0 && !tiers.includes(chosen.tier)) {
    throw noSuchTierOf(named, chosen.tier, tiers)
  }
  const tables: PlannedTable[] = []
  const leftOut: { id: string; error: RetableError }[] = []
  for (const reproduction of new Set(named)) {
    try {
      tables.push(planTable({ reproduction, choice }, chosen))
    } catch (error) {
      if (!(error instanceof RetableError)) throw error
      leftOut.push({ id: reproduction.id, error })
    }
  }
  if (tables.length === 0 && leftOut[0]) throw leftOut[0].error
  for (const { id, error } of leftOut) stderr.write(`${name}: ${id} left out: ${error.message}\n`)
  return tables
}

const noSuchTierOf = (
  named: readonly Reproduction[],
  tier: string,
  tiers: readonly string[],
): RetableError => {
  const [first, ...others] = named
  if (others.length === 0) return noSuchTier(first!.id, tier, tiers)
  return nearestNames(tier, tiers).length > 0
    ? unknownName('tier', tier, tiers)
    : new RetableError(
        'invalid-argument',
        `none of these tables has a ${tier} tier; their tiers are ${tiers.join(', ')}`,
      )
}

/** The units of tables, as they were planned. */
export const unitsIn = (tables: readonly PlannedTable[]): readonly Unit[] =>
  tables.flatMap(({ units }) => units)

/** The units of tables that have no result. */
export const pendingOf = (tables: readonly PlannedTable[], store: Store): readonly Unit[] =>
  missingUnits(unitsIn(tables), store).pending

/**
 * Reads every result behind units, so that one which cannot be read is named before anything is made, and not by the report
 * at the end.
 *
 * @throws RetableError `corrupt-data` naming a file that was cut short or touched.
 */
export const checkResultsBehind = (units: readonly Unit[], store: Store): void => {
  resultsBehind(units, store)
}

/** For which of the tables a unit, or one that is needed, is made: the first. */
export const tableOf = (tables: readonly PlannedTable[]): ((unit: Unit) => PlannedTable) => {
  const first = new Map<string, PlannedTable>()
  for (const table of tables) {
    for (const unit of withNeeds(table.units)) {
      if (!first.has(unitKey(unit))) first.set(unitKey(unit), table)
    }
  }
  return (unit) => first.get(unitKey(unit))!
}
