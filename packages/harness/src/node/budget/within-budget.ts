import type { RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'
import { createPaces, firstReady, madeHere, noteStored, secondsFor, tryPace } from './pace.js'
import { onlyCells, planReproduction, unitsOf } from '../../plan/plan.js'
import { missingUnits } from '../../plan/missing.js'
import type { Services } from '../run/services.js'
import type { Store } from '../store/store.js'
import { fitBudget, type Budget, type Chosen, type FittedBudget } from './budget.js'

/** Seconds that a trial of one unit takes at most, once it is under way. */
const trialSeconds = 6

/**
 * Fits what is wanted into a time ({@link fitBudget}). The pace comes from stored results of units of the
 * same kind and label, made on a machine like this with this backend; a reproduction that has none gets a trial of one
 * of its units, at most seconds long, whose work is thrown away.
 */
export const withinBudget = async (
  wanted: readonly Chosen[],
  budget: Budget,
  {
    store,
    services,
    settings,
    jobs,
    signal,
    only,
  }: {
    readonly store: Store
    readonly services: Services
    readonly settings: RunSettings
    readonly jobs: number
    readonly signal: AbortSignal
    /** The cells to make, if not all. */
    readonly only: readonly string[] | undefined
  },
): Promise<FittedBudget> => {
  let tried = 0
  const paces = createPaces()
  const unitsFor = ({ reproduction, choice }: Chosen) =>
    unitsOf(onlyCells(planReproduction(reproduction, choice), only))
  const missing = (chosen: Chosen): readonly Unit[] => missingUnits(unitsFor(chosen), store).pending
  if (wanted.some((chosen) => missing(chosen).length > 0)) {
    const began = performance.now()
    const { name } = await services.useBackend()
    noteStored(paces, madeHere(store.list().map(({ result }) => result)), name)
    for (const chosen of wanted) {
      const units = missing(chosen)
      if (units.length === 0 || units.some((unit) => paces.knows(unit))) continue
      const unit = firstReady(units, store)
      if (!unit) continue
      const pace = await tryPace({ unit, services, settings, seconds: trialSeconds, signal })
      paces.note({ kind: unit.definition.kind, label: unit.label }, pace)
    }
    tried = (performance.now() - began) / 1000
  }
  return fitBudget(wanted, {
    budget,
    tried,
    unitsFor,
    secondsOf: (units) => secondsFor(units, store, paces, jobs),
  })
}
