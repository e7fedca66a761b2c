import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoredResult } from '../../unit/result.js'
import type { RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'
import { openStore, type Store } from '../store/store.js'
import { thisEnvironment } from '../run/environment.js'
import { runUnit } from '../run/run-unit.js'
import { missingUnits } from '../../plan/missing.js'
import type { Services } from '../run/services.js'

/** How fast units are made here: seconds to start one, and seconds per cost. */
export interface Pace {
  readonly fixed: number
  readonly perCost: number
}

/** Paces of units by what they are. */
export interface Paces {
  note(what: Pick<StoredResult, 'kind' | 'label'>, pace: Pace): void
  /** Of units of this kind and label; else of this kind; else the mean of all kinds, without their starts. */
  of(unit: Unit): Pace | undefined
  /** Whether a unit of its kind and label was seen. */
  knows(unit: Unit): boolean
  /** Whether a unit of its kind was seen. */
  knowsKind(unit: Unit): boolean
}

/** An empty table of paces. */
export const createPaces = (): Paces => {
  const exact = new Map<string, Pace>()
  const kinds = new Map<string, Pace[]>()
  const nameOf = ({ definition, label }: Unit) => `${definition.kind} ${label}`
  return {
    note: ({ kind, label }, pace) => {
      exact.set(`${kind} ${label}`, pace)
      kinds.set(kind, [...(kinds.get(kind) ?? []), pace])
    },
    knows: (unit) => exact.has(nameOf(unit)),
    knowsKind: ({ definition }) => kinds.has(definition.kind),
    of: (unit) => {
      const known = exact.get(nameOf(unit))
      if (known) return known
      const alike = kinds.get(unit.definition.kind)
      if (alike) return meanOf(alike)
      const all = [...kinds.values()].flat()
      return all.length > 0 ? { fixed: 0, perCost: meanOf(all).perCost } : undefined
    },
  }
}

const meanOf = (paces: readonly Pace[]): Pace => ({
  fixed: paces.reduce((sum, { fixed }) => sum + fixed, 0) / paces.length,
  perCost: paces.reduce((sum, { perCost }) => sum + perCost, 0) / paces.length,
})

/** The stored results that were made on a machine like this, oldest first. */
export const madeHere = (results: readonly StoredResult[]): readonly StoredResult[] => {
  const { cpu, cores } = thisEnvironment({})
  return results
    .filter(({ environment }) => environment.cpu === cpu && environment.cores === cores)
    .sort((a, b) => a.timing.finishedAt.localeCompare(b.timing.finishedAt))
}

/** Notes the paces of results that were made here with this backend; the last of a kind and label counts. */
export const noteStored = (
  paces: Paces,
  here: readonly StoredResult[],
  backend: string | undefined,
): void => {
  for (const result of here) {
    if (result.backend?.name !== backend) continue
    paces.note(result, { fixed: 0, perCost: result.timing.seconds / result.cost })
  }
}

/**
 * Seconds that the units without a result take here one at a time, at the pace of stored results of the same kinds made on
 * this machine with the backend that made the last of them; undefined if there are none.
 */
export const secondsHere = (
  units: readonly Unit[],
  store: Store,
  here: readonly StoredResult[],
): number | undefined => {
  const paces = createPaces()
  noteStored(paces, here, here.at(-1)?.backend?.name)
  const known = missingUnits(units, store).pending.some((unit) => paces.knowsKind(unit))
  return known ? secondsFor(units, store, paces, 1) : undefined
}

/** Progress events before a trial's clock starts: the first steps are slow; fewer where these alone take longer than the trial. */
const warmUp = 3

/**
 * Runs a unit that needs no other for a while in a folder of its own, which goes again, and measures its pace.
 *
 * @throws what the unit throws; RetableError `interrupted` where `signal` fires.
 */
export const tryPace = async ({
  unit,
  services,
  settings,
  seconds,
  signal,
}: {
  readonly unit: Unit
  readonly services: Services
  readonly settings: RunSettings
  readonly seconds: number
  readonly signal: AbortSignal
}): Promise<Pace> => {
  const folder = mkdtempSync(join(tmpdir(), 'retable-trial-'))
  const store = openStore(folder)
  store.prepare()
  const enough = new AbortController()
  const began = performance.now() / 1000
  let events = 0
  let first = { at: began, fraction: 0 }
  let last = first
  try {
    await runUnit({
      unit,
      services,
      settings: { ...settings, logs: [] },
      store,
      listener: {
        started: () => undefined,
        log: () => undefined,
        progress: ({ step, steps }) => {
          last = { at: performance.now() / 1000, fraction: steps > 0 ? step / steps : 0 }
          if (++events <= warmUp && last.at - began < seconds) first = last
          if (last.at - first.at >= seconds && last.fraction > first.fraction) enough.abort()
        },
      },
      signal: AbortSignal.any([enough.signal, signal]),
    })
  } catch (error) {
    if (signal.aborted || !enough.signal.aborted) throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const took = performance.now() / 1000 - began
  const done = last.fraction - first.fraction
  if (!(done > 0)) return { fixed: 0, perCost: took / unit.cost }
  const perCost = (last.at - first.at) / done / unit.cost
  return { fixed: Math.max(0, first.at - began - perCost * unit.cost * first.fraction), perCost }
}

/** The first unit without a result that needs none that is missing, or undefined. */
export const firstReady = (units: readonly Unit[], store: Store): Unit | undefined => {
  const { pending } = missingUnits(units, store)
  return pending.find((unit) =>
    Object.values(unit.needs).every((need) => need.definition.exact || !pending.includes(need)),
  )
}

/** Seconds that `jobs` at a time take for the units without a result. */
export const secondsFor = (
  units: readonly Unit[],
  store: Store,
  paces: Paces,
  jobs: number,
): number => {
  let sum = 0
  let longest = 0
  for (const unit of missingUnits(units, store).pending) {
    const { fixed, perCost } = paces.of(unit) ?? { fixed: 0, perCost: 0 }
    const own = fixed + perCost * unit.cost
    sum += own
    longest = Math.max(longest, own)
  }
  return Math.max(longest, sum / jobs)
}
