import { RetableError } from '@retable/core'
import type { Unit } from '../../unit/unit.js'
import { planReproduction, unitsOf, type Plan } from '../run/plan.js'
import { unitKey } from '../unit-key.js'
import type { Chosen } from './budget.js'
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
 * @throws RetableError `unknown-name` for an id that is none.
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
  if (all.length === 1) return all
  return all.filter((one) => {
    try {
      planned(one, chosen)
      return true
    } catch (error) {
      if (!(error instanceof RetableError)) throw error
      stderr.write(`${name}: ${one.reproduction.id} left out: ${error.message}\n`)
      return false
    }
  })
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
