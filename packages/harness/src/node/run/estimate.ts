import { createThroughput, type Throughput } from '@retable/core/host'
import { createSpeeds, shared, speedOf, type Speeds } from '../../plan/speeds.js'
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
  /** Seconds until a unit at work is made, at its own speed in this process; undefined before that can be told. */
  leftOf(unit: Unit): number | undefined
  /** Units made or found, of all. */
  counts(): { readonly done: number; readonly total: number }
}

interface Running {
  readonly unit: Unit
  /** Of its fraction that is done: a resumed unit does not begin at step 0, and the first steps are slow. */
  readonly done: Throughput
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
  const measured: Speeds = createSpeeds()
  const stored: Speeds = createSpeeds()
  let total = 0
  let done = 0

  const secondsPerCost = (unit: Unit): number | undefined => {
    const known = measured.of(unit)
    if (known) return known.perCost
    for (const other of running.values()) {
      if (other.unit.definition.kind !== unit.definition.kind) continue
      const seconds = other.done.secondsEach()
      if (seconds !== undefined) return seconds / other.unit.cost
    }
    return stored.of(unit)?.perCost
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
          for (const result of event.found) stored.note(result, speedOf(result))
          done = event.found.filter((result) => !pending.has(result.key)).length
          total = done + pending.size
          return
        }
        case 'start':
          running.set(unitKey(event.unit), {
            unit: event.unit,
            done: createThroughput({ now }),
            fraction: 0,
          })
          return
        case 'progress': {
          const entry = running.get(unitKey(event.unit))
          if (!entry) return
          entry.fraction = fractionOf(event.progress)
          entry.done.reach(entry.fraction)
          return
        }
        case 'done': {
          const { unit, made, result } = event
          if (made) measured.note(result, speedOf({ timing: result.timing, cost: unit.cost }))
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
      const left: number[] = []
      for (const [key, unit] of pending) {
        const rate = secondsPerCost(unit)
        if (rate === undefined) return undefined
        left.push(rate * unit.cost * (1 - (running.get(key)?.fraction ?? 0)))
      }
      return shared(left, jobs)
    },
    leftOf: (unit) => {
      const entry = running.get(unitKey(unit))
      const seconds = entry?.done.secondsEach()
      return entry && seconds !== undefined ? seconds * (1 - entry.fraction) : undefined
    },
    counts: () => ({ done, total }),
  }
}

const fractionOf = ({ step, steps }: Progress): number =>
  steps > 0 ? Math.min(1, Math.max(0, step / steps)) : 0
