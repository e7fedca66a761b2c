import { RetableError } from '@retable/core/host'
import { noSuchTier, tierNamesOf } from '../../declare/tier.js'
import type { Unit } from '../../unit/unit.js'
import { planReproduction, unitsOf, type Plan } from '../../plan/plan.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Chosen } from '../budget/budget.js'
import { choiceOf, findReproduction } from './choice.js'
import type { CommandContext } from './options.js'
import type { RunOptions } from './run-options.js'

/** The plan of a reproduction, of the cells that were asked for. */
export const planned = ({ reproduction, choice }: Chosen, { only }: RunOptions): Plan =>
  planReproduction(reproduction, { ...choice, only })

/**
 * The reproductions of these ids (`all`: every one) with what is chosen for each; of several, one that lacks the tier or
 * a setting is passed over, and said so.
 *
 * @throws RetableError `unknown-name` for an id or a tier that is none; what is wrong with the first, where all would be
 * passed over.
 */
export const wantedOf = (
  ids: readonly string[],
  chosen: RunOptions,
  { name, reproductions, stderr = process.stderr }: CommandContext,
): readonly Chosen[] => {
  const named = ids.flatMap((id) =>
    id === 'all' ? reproductions : [findReproduction(reproductions, id)],
  )
  const choice = choiceOf(chosen, reproductions)
  const all = [...new Set(named)].map((reproduction) => ({ reproduction, choice }))
  const tiers = tierNamesOf(
    all.map(({ reproduction }) => reproduction.tiers?.map(({ name }) => name) ?? []),
  )
  if (chosen.tier !== undefined && tiers.length > 0 && !tiers.includes(chosen.tier)) {
    throw noSuchTier(ids.join(', '), chosen.tier, tiers)
  }
  const left = all.map((one) => ({ one, error: errorOf(() => planned(one, chosen)) }))
  if (left.every(({ error }) => error !== undefined)) throw left[0]!.error!
  for (const { one, error } of left) {
    if (error) stderr.write(`${name}: ${one.reproduction.id} left out: ${error.message}\n`)
  }
  return left.flatMap(({ one, error }) => (error ? [] : [one]))
}

/** The RetableError that a call throws. */
const errorOf = (call: () => void): RetableError | undefined => {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof RetableError) return error
    throw error
  }
}

/** For which of the reproductions a unit, or one that is needed, is made: the first. */
export const madeFor = (
  making: readonly Chosen[],
  plans: readonly Plan[],
): ((key: string) => Chosen) => {
  const first = new Map<string, Chosen>()
  const visit = (unit: Unit, one: Chosen): void => {
    if (first.has(unitKey(unit))) return
    first.set(unitKey(unit), one)
    for (const need of Object.values(unit.needs)) visit(need, one)
  }
  plans.forEach((plan, i) => unitsOf(plan).forEach((unit) => visit(unit, making[i]!)))
  return (key) => first.get(key)!
}
