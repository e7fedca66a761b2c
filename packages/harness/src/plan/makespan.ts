import { unitKey } from '../unit/unit-key.js'
import type { Unit } from '../unit/unit.js'

/**
 * Seconds until the last of these units is made by so many workers, each of which takes the most expensive unit whose
 * needs are made, as `work` does. Needs that are not among the units count as made.
 *
 * @param secondsOf how long a unit takes one worker
 */
export const makespan = (
  units: readonly Unit[],
  workers: number,
  secondsOf: (unit: Unit) => number,
): number => {
  const waiting = new Map(units.map((unit) => [unitKey(unit), unit]))
  const open = new Map<string, Set<string>>()
  const needing = new Map<string, Unit[]>()
  for (const [key, unit] of waiting) {
    const needs = Object.values(unit.needs)
      .map(unitKey)
      .filter((need) => waiting.has(need))
    open.set(key, new Set(needs))
    for (const need of needs) needing.set(need, [...(needing.get(need) ?? []), unit])
  }
  const ready = [...waiting.values()].filter((unit) => open.get(unitKey(unit))!.size === 0)
  const running: { readonly unit: Unit; readonly end: number }[] = []
  let now = 0
  for (;;) {
    ready.sort((a, b) => b.cost - a.cost)
    for (const unit of ready.splice(0, workers - running.length)) {
      running.push({ unit, end: now + secondsOf(unit) })
    }
    if (running.length === 0) return now
    running.sort((a, b) => a.end - b.end)
    const { unit, end } = running.shift()!
    now = end
    for (const next of needing.get(unitKey(unit)) ?? []) {
      const left = open.get(unitKey(next))!
      left.delete(unitKey(unit))
      if (left.size === 0) ready.push(next)
    }
  }
}
