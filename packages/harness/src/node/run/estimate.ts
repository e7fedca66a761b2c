import type { Progress } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'
import { unitKey } from '../../unit/unit-key.js'
import type { RunEvent } from './schedule.js'

/** What an {@link createEstimate} knows. */
export interface Estimate {
  /** Takes in what happened. */
  note(event: RunEvent): void
  /** Seconds until everything is made; undefined as long as a kind of unit has not been seen at work. */
  remaining(): number | undefined
  /** Seconds until a unit at work is made, at its own pace in this attempt; undefined before there is one. */
  leftOf(unit: Unit): number | undefined
  /** Units made or found, of all. */
  counts(): { readonly done: number; readonly total: number }
}

interface Running {
  readonly unit: Unit
  readonly began: number
  /** First progress seen: a resumed unit does not begin at step 0, and the first steps are slow. */
  first?: { readonly at: number; readonly fraction: number }
  fraction: number
}

/**
 * Says how long the rest of a table takes: each unit's cost times its kind's seconds per cost, as measured on
 * units made in this run, on the one being made, or else on stored results.
 */
export const createEstimate = (
  jobs = 1,
  now: () => number = () => performance.now() / 1000,
): Estimate => {
  const pending = new Map<string, Unit>()
  const running = new Map<string, Running>()
  const measured = new Map<string, { seconds: number; cost: number }>()
  const stored = new Map<string, { seconds: number; cost: number }>()
  let total = 0
  let done = 0

  const add = (
    rates: Map<string, { seconds: number; cost: number }>,
    kind: string,
    seconds: number,
    cost: number,
  ) => {
    const sum = rates.get(kind) ?? { seconds: 0, cost: 0 }
    rates.set(kind, { seconds: sum.seconds + seconds, cost: sum.cost + cost })
  }
  const secondsPerCost = (kind: string): number | undefined => {
    const known = measured.get(kind)
    if (known) return known.seconds / known.cost
    for (const { unit, first, fraction } of running.values()) {
      if (unit.definition.kind !== kind || !first || fraction <= first.fraction) continue
      return (now() - first.at) / (fraction - first.fraction) / unit.cost
    }
    const before = stored.get(kind)
    return before && before.seconds / before.cost
  }
  const finish = (unit: Unit) => {
    pending.delete(unitKey(unit))
    running.delete(unitKey(unit))
    done++
  }

  return {
    note: (event) => {
      switch (event.type) {
        case 'begin': {
          for (const unit of event.pending) pending.set(unitKey(unit), unit)
          for (const { kind, timing, cost } of event.found) add(stored, kind, timing.seconds, cost)
          done = event.found.filter((result) => !pending.has(result.key)).length
          total = done + pending.size
          return
        }
        case 'start':
          running.set(unitKey(event.unit), { unit: event.unit, began: now(), fraction: 0 })
          return
        case 'progress': {
          const entry = running.get(unitKey(event.unit))
          if (!entry) return
          entry.fraction = fractionOf(event.progress)
          entry.first ??= { at: now(), fraction: entry.fraction }
          return
        }
        case 'done': {
          const { unit, made, result } = event
          if (made) add(measured, unit.definition.kind, result.timing.seconds, unit.cost)
          finish(unit)
          return
        }
        case 'failed':
        case 'skipped':
          finish(event.unit)
          return
        case 'retry':
          running.delete(unitKey(event.unit))
          return
        case 'log':
        case 'waiting':
          return
      }
    },
    remaining: () => {
      let seconds = 0
      let longest = 0
      for (const [key, unit] of pending) {
        const rate = secondsPerCost(unit.definition.kind)
        if (rate === undefined) return undefined
        const left = rate * unit.cost * (1 - (running.get(key)?.fraction ?? 0))
        seconds += left
        longest = Math.max(longest, left)
      }
      return Math.max(longest, seconds / jobs)
    },
    leftOf: (unit) => {
      const entry = running.get(unitKey(unit))
      if (!entry?.first || entry.fraction <= entry.first.fraction) return undefined
      const { first, fraction } = entry
      return ((now() - first.at) / (fraction - first.fraction)) * (1 - fraction)
    },
    counts: () => ({ done, total }),
  }
}

const fractionOf = ({ step, steps }: Progress): number =>
  steps > 0 ? Math.min(1, Math.max(0, step / steps)) : 0
