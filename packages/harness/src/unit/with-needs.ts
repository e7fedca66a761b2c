import { unitKey } from './unit-key.js'
import type { Unit } from './unit.js'

/** Units and everything that they need, each once, a unit before what it needs. */
export const withNeeds = (units: readonly Unit[]): readonly Unit[] => {
  const found = new Map<string, Unit>()
  const visit = (unit: Unit): void => {
    const key = unitKey(unit)
    if (found.has(key)) return
    found.set(key, unit)
    Object.values(unit.needs).forEach(visit)
  }
  units.forEach(visit)
  return [...found.values()]
}
