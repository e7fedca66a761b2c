import { RetableError, isRetableError } from '@retable/core/host'
import type { LeaseHolder } from '@retable/core/node'
import type { StoredResult } from '../../unit/result.js'
import type { Progress } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'
import { unitName } from '../display/unit-text.js'
import { canonicalJson } from '../../unit/canonical-json.js'
import type { Store } from '../store/store.js'
import { missingUnits } from '../../plan/missing.js'
import { unitKey } from '../../unit/unit-key.js'
import { DataError } from '../../unit/data-error.js'
import { DamagedNeed } from '../../unit/damaged-need.js'
import type { UnitListener } from '../../unit/listener.js'
import type { UnitOutcome } from './task.js'

/** What happens to units during {@link makeUnits}. `unit` is one of `units`, or needed by one. */
export type RunEvent =
  /** Once, first: what there is to do. `pending` holds the units without a result, needed ones included. */
  | {
      readonly type: 'begin'
      readonly pending: readonly Unit[]
      readonly found: readonly StoredResult[]
    }
  | { readonly type: 'start'; readonly unit: Unit; readonly attempt: number }
  | { readonly type: 'progress'; readonly unit: Unit; readonly progress: Progress }
  | { readonly type: 'log'; readonly unit: Unit; readonly line: string }
  | {
      readonly type: 'done'
      readonly unit: Unit
      readonly result: StoredResult
      readonly made: boolean
    }
  | {
      readonly type: 'retry'
      readonly unit: Unit
      readonly error: unknown
      readonly attempt: number
    }
  | { readonly type: 'failed'; readonly unit: Unit; readonly error: unknown }
  | { readonly type: 'skipped'; readonly unit: Unit; readonly needs: Unit }
  | { readonly type: 'waiting'; readonly unit: Unit; readonly holder: LeaseHolder | undefined }

/** How {@link makeUnits} goes about it. */
export interface ScheduleOptions {
  /** Where results are looked for and kept. */
  readonly store: Store
  /** Runs one unit: the `run` of an executor. */
  readonly execute: (
    unit: Unit,
    listener: UnitListener,
    signal: AbortSignal,
  ) => Promise<UnitOutcome>
  /** Units at a time (default 1). */
  readonly jobs?: number
  /** More attempts at a unit that failed (default 0). */
  readonly retries?: number
  /** Stops the run: units at work write a checkpoint. */
  readonly signal: AbortSignal
  /** Called as units start, proceed and end. */
  readonly onEvent: (event: RunEvent) => void
  /** Take the unit of the highest cost first, of those whose needs are there (default: in the order of the units). */
  readonly mostExpensiveFirst?: boolean
  /**
   * Milliseconds between looks at a unit that another process holds (default 500): it is looked at again after a
   * sixteenth of that, and then each time after twice as long, up to this.
   */
  readonly pollEvery?: number
}

/** What {@link makeUnits} came to. */
export interface ScheduleOutcome {
  /** How many units were made by this call. */
  readonly made: number
  /** The units that failed, each with its error. */
  readonly failed: readonly { readonly unit: Unit; readonly error: unknown }[]
  /** The units that need one that failed. */
  readonly skipped: readonly Unit[]
}

type State = 'pending' | 'running' | 'done' | 'failed'

/**
 * Makes the units that have no result yet, and first those that they need; a unit is made once, however many need it.
 * Exact units are skipped: they are computed when they are read.
 *
 * A unit that another process holds is passed over, and looked at again; one that fails takes with it only those
 * that need it, and if its data could not be opened those whose configuration asks for the same. When `signal` fires, running units are left to checkpoint, and RetableError `interrupted` is thrown.
 */
export const makeUnits = async (
  units: readonly Unit[],
  options: ScheduleOptions,
): Promise<ScheduleOutcome> => {
  const { store, execute, jobs = 1, retries = 0, signal, onEvent, pollEvery = 500 } = options
  const { pending: missing, found } = missingUnits(units, store)
  const pending = options.mostExpensiveFirst
    ? [...missing].sort((a, b) => b.cost - a.cost)
    : [...missing]
  onEvent({ type: 'begin', pending: missing, found })
  const state = new Map<string, State>(pending.map((unit) => [unitKey(unit), 'pending']))
  const attempts = new Map<string, number>()
  const failed: { unit: Unit; error: unknown }[] = []
  const skipped: Unit[] = []
  const withoutData: { unit: Unit; error: DataError }[] = []
  const repaired = new Set<string>()
  const announced = new Set<string>()
  const busyLooks = new Map<string, number>()
  const busyUntil = new Map<string, number>()
  const running = new Set<Promise<void>>()
  let made = 0

  const stateOf = (unit: Unit): State => state.get(unitKey(unit)) ?? 'done'
  const needsOf = (unit: Unit) => Object.values(unit.needs).filter((need) => !need.definition.exact)

  const runOne = async (unit: Unit): Promise<void> => {
    const key = unitKey(unit)
    const attempt = (attempts.get(key) ?? 0) + 1
    const listener: UnitListener = {
      started: () => onEvent({ type: 'start', unit, attempt }),
      progress: (progress) => onEvent({ type: 'progress', unit, progress }),
      log: (line) => onEvent({ type: 'log', unit, line }),
    }
    try {
      const outcome = await execute(unit, listener, signal)
      if (outcome.type === 'busy') {
        const looks = busyLooks.get(key) ?? 0
        busyLooks.set(key, looks + 1)
        state.set(key, 'pending')
        busyUntil.set(key, performance.now() + pollEvery * Math.min(1, 2 ** looks / 16))
        if (!announced.has(key)) onEvent({ type: 'waiting', unit, holder: outcome.holder })
        announced.add(key)
        return
      }
      if (outcome.type === 'made') made++
      state.set(key, 'done')
      onEvent({ type: 'done', unit, result: outcome.result, made: outcome.type === 'made' })
    } catch (error) {
      if (signal.aborted) {
        state.set(key, 'pending')
        return
      }
      if (error instanceof DamagedNeed && isRunAgain(unit, error)) return
      if (isRetableError(error) && error.code === 'interrupted') {
        // What ran it was signaled before this process: a scheduler signals all processes of a job.
        state.set(key, 'pending')
        busyUntil.set(key, performance.now() + pollEvery)
        return
      }
      attempts.set(key, attempt)
      if (attempt <= retries) {
        state.set(key, 'pending')
        onEvent({ type: 'retry', unit, error, attempt })
        return
      }
      if (error instanceof DataError) withoutData.push({ unit, error })
      fail(unit, error)
    }
  }

  /** Has a needed unit whose artifact is damaged run again, once. */
  const isRunAgain = (unit: Unit, error: DamagedNeed): boolean => {
    const need = needsOf(unit).find((one) => unitKey(one) === error.key)
    if (!need || repaired.has(error.key)) return false
    repaired.add(error.key)
    onEvent({ type: 'log', unit, line: `${error.message}; its unit is run again` })
    if (!pending.some((one) => unitKey(one) === error.key)) pending.unshift(need)
    state.set(error.key, 'pending')
    state.set(unitKey(unit), 'pending')
    return true
  }

  const fail = (unit: Unit, error: unknown): void => {
    state.set(unitKey(unit), 'failed')
    failed.push({ unit, error })
    onEvent({ type: 'failed', unit, error })
  }

  for (;;) {
    if (!signal.aborted) startReady()
    if (running.size === 0) {
      if (signal.aborted) throw new RetableError('interrupted', 'the run was interrupted')
      const waiting = pending.some((unit) => stateOf(unit) === 'pending')
      if (!waiting) return { made, failed, skipped }
      await pause(untilNextLook(), signal)
    } else {
      await Promise.race([...running, ...(hasBusy() ? [pause(untilNextLook(), signal)] : [])])
    }
  }

  function startReady(): void {
    for (const unit of pending) {
      if (running.size >= jobs) return
      if (stateOf(unit) !== 'pending') continue
      const broken = needsOf(unit).find((need) => stateOf(need) === 'failed')
      if (broken) {
        state.set(unitKey(unit), 'failed')
        skipped.push(unit)
        onEvent({ type: 'skipped', unit, needs: broken })
        continue
      }
      if (!needsOf(unit).every((need) => stateOf(need) === 'done')) continue
      const before = withoutData.find(({ error }) => asksFor(unit, error))
      if (before) {
        fail(unit, sameData(before))
        continue
      }
      if ((busyUntil.get(unitKey(unit)) ?? 0) > performance.now()) continue
      state.set(unitKey(unit), 'running')
      const run: Promise<void> = runOne(unit).finally(() => running.delete(run))
      running.add(run)
    }
  }

  /** Milliseconds until a unit that another process held is looked at again. */
  function untilNextLook(): number {
    const times = pending
      .filter((unit) => stateOf(unit) === 'pending')
      .map((unit) => (busyUntil.get(unitKey(unit)) ?? Infinity) - performance.now())
    return Math.max(pollEvery / 16, Math.min(pollEvery, ...times))
  }

  function hasBusy(): boolean {
    return running.size < jobs && pending.some((unit) => stateOf(unit) === 'pending')
  }
}

/** Whether a unit asks for the data that could not be opened: what it reads decides its result, so that its configuration says it. */
const asksFor = ({ config }: Unit, { request }: DataError): boolean =>
  canonicalJson(config).includes(canonicalJson(request))

const sameData = ({ unit, error }: { unit: Unit; error: DataError }): RetableError =>
  new RetableError(error.code, `it needs the data that ${unitName(unit)} could not open`)

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
