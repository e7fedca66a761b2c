import type { RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'
import { noteStored, createSpeeds, secondsFor } from '../../plan/speeds.js'
import { madeHere } from '../run/environment.js'
import { onlyCells, planReproduction, unitsOf } from '../../plan/plan.js'
import { missingUnits } from '../../plan/missing.js'
import { openAhead } from '../run/data-ahead.js'
import type { Services } from '../run/services.js'
import type { Perform } from '../run/task.js'
import type { Store } from '../store/store.js'
import { fitBudget, type Budget, type Chosen, type FittedBudget } from './budget.js'
import { trySpeed } from './trial.js'

/** Seconds that the steps of a trial which count may take; it lasts at least two steps. */
const trialSeconds = 6

/**
 * Fits what was asked for into a time ({@link fitBudget}). Speeds come from stored results of units of the same kind and
 * label, made on a machine like this with this backend; a reproduction that has none gets a trial of one of its units,
 * seconds long, whose work is thrown away. The time that data sets took to open is reported, and does not count.
 */
export const withinBudget = async (
  asked: readonly Chosen[],
  budget: Budget,
  {
    store,
    services,
    settings,
    jobs,
    signal,
    only,
    perform,
  }: {
    readonly store: Store
    readonly services: Services
    readonly settings: RunSettings
    readonly jobs: number
    readonly signal: AbortSignal
    /** The cells to make, if not all. */
    readonly only: readonly string[] | undefined
    /** What runs a trial, if not this process. */
    readonly perform?: Perform
  },
): Promise<FittedBudget> => {
  let tried = 0
  let openingSeconds = 0
  let openedInTrials = 0
  const speeds = createSpeeds()
  const unitsFor = ({ reproduction, choice }: Chosen) =>
    unitsOf(onlyCells(planReproduction(reproduction, choice), only))
  const missing = (chosen: Chosen): readonly Unit[] => missingUnits(unitsFor(chosen), store).pending
  if (asked.some((chosen) => missing(chosen).length > 0)) {
    const opening = performance.now()
    await openAhead(asked.flatMap(missing), services, signal)
    openingSeconds = (performance.now() - opening) / 1000
    const began = performance.now()
    const { name } = await services.useBackend()
    noteStored(speeds, madeHere(store.list().map(({ result }) => result)), name)
    for (const chosen of asked) {
      const units = missing(chosen)
      const [unit] = units
      if (unit === undefined || units.some((one) => speeds.knows(one))) continue
      const trial = await trySpeed({
        ...{ unit, services, settings, seconds: trialSeconds, signal },
        ...(perform && { perform }),
      })
      speeds.note({ kind: unit.definition.kind, label: unit.label }, trial.speed)
      openedInTrials += trial.openingSeconds
    }
    tried = (performance.now() - began) / 1000 - openedInTrials
  }
  return fitBudget(asked, {
    budget,
    tried,
    openingSeconds: openingSeconds + openedInTrials,
    unitsFor,
    secondsOf: (units) => secondsFor(missingUnits(units, store).pending, speeds, jobs),
  })
}
