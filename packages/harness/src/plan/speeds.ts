import type { StoredResult } from '../unit/result.js'
import type { Unit } from '../unit/unit.js'
import { missingUnits, type KeptResults } from './missing.js'

/** How fast units of one sort are made. */
export interface Speed {
  /** Seconds to start one, data sets that are opened not counted. */
  readonly start: number
  readonly perCost: number
}

/** What a speed is known of: units of one kind and label differ in their seeds and settings only. */
type Sort = Pick<StoredResult, 'kind' | 'label'>

/** Measured speeds of units, by what they are. */
export interface Speeds {
  note(sort: Sort, speed: Speed): void
  /** Of units of this kind and label; else the mean of its kind. */
  of(unit: Unit): Speed | undefined
  /** As {@link of}; else the mean of all kinds, without their starts. */
  guess(unit: Unit): Speed | undefined
  /** Whether a unit of its kind was seen. */
  knowsKind(unit: Unit): boolean
  /** Whether a unit of its kind and label was seen. */
  knows(unit: Unit): boolean
}

/** An empty table of speeds. */
export const createSpeeds = (): Speeds => {
  const sorts = new Map<string, Speed>()
  const kinds = new Map<string, Speed[]>()
  const nameOf = ({ kind, label }: Sort) => `${kind} ${label}`
  const sortOf = ({ definition: { kind }, label }: Unit): Sort => ({ kind, label })
  const of = (unit: Unit): Speed | undefined => {
    const known = sorts.get(nameOf(sortOf(unit)))
    if (known) return known
    const alike = kinds.get(unit.definition.kind)
    return alike && meanOf(alike)
  }
  return {
    note: (sort, speed) => {
      sorts.set(nameOf(sort), speed)
      kinds.set(sort.kind, [...(kinds.get(sort.kind) ?? []), speed])
    },
    knows: (unit) => sorts.has(nameOf(sortOf(unit))),
    knowsKind: ({ definition }) => kinds.has(definition.kind),
    of,
    guess: (unit) => {
      const all = [...kinds.values()].flat()
      const other = all.length > 0 ? { start: 0, perCost: meanOf(all).perCost } : undefined
      return of(unit) ?? other
    },
  }
}

const meanOf = (speeds: readonly Speed[]): Speed => ({
  start: speeds.reduce((sum, { start }) => sum + start, 0) / speeds.length,
  perCost: speeds.reduce((sum, { perCost }) => sum + perCost, 0) / speeds.length,
})

/** The speed at which a result was made, its start counted into it, the opening of data sets not. */
export const speedOf = ({ timing, cost }: Pick<StoredResult, 'timing' | 'cost'>): Speed => ({
  start: 0,
  perCost: Math.max(0, timing.seconds - (timing.openingSeconds ?? 0)) / cost,
})

/** Notes the speeds of results that were made with this backend; the last of a kind and label counts. */
export const noteStored = (
  speeds: Speeds,
  results: readonly StoredResult[],
  backend: string | undefined,
): void => {
  for (const result of results) {
    if (result.backend?.name === backend) speeds.note(result, speedOf(result))
  }
}

/** Seconds that `jobs` at a time take for units that need so many seconds each. */
export const shared = (seconds: readonly number[], jobs: number): number =>
  Math.max(0, ...seconds, seconds.reduce((sum, one) => sum + one, 0) / jobs)

/** Seconds that `jobs` at a time take for these units, data sets that are opened not counted. */
export const secondsFor = (units: readonly Unit[], speeds: Speeds, jobs: number): number =>
  shared(
    units.map((unit) => {
      const { start, perCost } = speeds.guess(unit) ?? { start: 0, perCost: 0 }
      return start + perCost * unit.cost
    }),
    jobs,
  )

/**
 * Seconds that the units without a result take one at a time, at the speed of results of the same kinds, made on this
 * machine and listed oldest first, with the backend that made the last of them; undefined if there are none.
 */
export const secondsHere = (
  units: readonly Unit[],
  kept: KeptResults,
  here: readonly StoredResult[],
): number | undefined => {
  const speeds = createSpeeds()
  noteStored(speeds, here, here.at(-1)?.backend?.name)
  const { pending } = missingUnits(units, kept)
  return pending.some((unit) => speeds.knowsKind(unit)) ? secondsFor(pending, speeds, 1) : undefined
}
