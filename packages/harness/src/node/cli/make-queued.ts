import { resolve } from 'node:path'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRetableError } from '@retable/core/host'
import { readLease } from '@retable/core/node'
import { isWhole, missingUnits } from '../../plan/missing.js'
import { packError, unpackError } from '../../unit/plain-error.js'
import { parseResultFileName } from '../../unit/result-file.js'
import type { RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'
import { unitKey } from '../../unit/unit-key.js'
import { withNeeds } from '../../unit/with-needs.js'
import { failureOf, noteFailure, type QueuedUnit } from '../queue/queue.js'
import type { Executor } from '../run/executors/executor.js'
import { openAhead } from '../run/data-ahead.js'
import { leaseOptions } from '../run/lease-options.js'
import { makeUnits, type RunEvent, type ScheduleOutcome } from '../run/schedule.js'
import { onceEach, type Services } from '../run/services.js'
import type { UnitOutcome } from '../run/task.js'
import { ownThreads } from '../slurm/slurm.js'
import type { Store } from '../store/store.js'
import type { MakingOptions } from './run-options.js'

/** The settings of each unit, and of what it needs, which may not be in the queue: its result was there when it was filled. */
const settingsByKey = (queue: readonly QueuedUnit[]): ReadonlyMap<string, RunSettings> => {
  const found = new Map(queue.map(({ unit, settings }) => [unitKey(unit), settings]))
  for (const { unit, settings } of queue) {
    for (const need of withNeeds([unit])) {
      if (!found.has(unitKey(need))) found.set(unitKey(need), settings)
    }
  }
  return found
}

/** The settings that a unit was queued with, folders and threads excepted: these are this machine's. */
const onThisMachine = (
  settings: RunSettings,
  {
    results,
    data,
    threads,
  }: {
    readonly results: string
    readonly data?: string | undefined
    readonly threads?: number | undefined
  },
): RunSettings => ({
  ...settings,
  results: resolve(results),
  ...(data === undefined ? {} : { data }),
  ...(threads === undefined ? {} : { threads }),
})

/**
 * Opens the data of queued units that have no result before a worker takes any of them, so that a machine which lacks a
 * set does not mark units as failed that others could make.
 *
 * @throws RetableError as `openAhead` does.
 */
export const openQueuedData = async (
  queue: readonly QueuedUnit[],
  {
    store,
    chosen,
    servicesFor,
  }: {
    readonly store: Store
    readonly chosen: MakingOptions
    readonly servicesFor: (settings: RunSettings, signal: AbortSignal) => Services
  },
): Promise<void> => {
  const settings = settingsByKey(queue)
  const { pending } = missingUnits(
    queue.map(({ unit }) => unit),
    store,
  )
  const folders = new Map<string | undefined, { settings: RunSettings; units: Unit[] }>()
  for (const unit of pending) {
    const own = onThisMachine(settings.get(unitKey(unit))!, chosen)
    const folder = folders.get(own.data) ?? { settings: own, units: [] }
    folders.set(own.data, folder)
    folder.units.push(unit)
  }
  const { signal } = new AbortController()
  for (const { settings: own, units } of folders.values()) {
    const services = onceEach(servicesFor(own, signal))
    await openAhead(units, services, signal).finally(() => services.close())
  }
}

/** Makes queued units with the settings that they were queued with, folders and threads excepted: these are this machine's. */
export const makeQueued = (
  queue: readonly QueuedUnit[],
  {
    store,
    executor,
    chosen,
    env,
    signal,
    show,
  }: {
    readonly store: Store
    readonly executor: Executor
    readonly chosen: MakingOptions
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
    readonly show: (event: RunEvent) => void
  },
): Promise<ScheduleOutcome> => {
  const settings = settingsByKey(queue)
  const quick = quickAnswers(store)
  const threads = chosen.threads ?? ownThreads(env)
  const units = queue.map(({ unit }) => unit)
  return makeUnits(units, {
    store,
    execute: async (unit, listener, stop) => {
      const key = unitKey(unit)
      const answer = quick(key)
      if (answer) return answer
      const failure = failureOf(store, key)
      if (failure) {
        const { error, host } = failure
        throw unpackError({ ...error, message: `${error.message} (on ${host})` })
      }
      const own = onThisMachine(settings.get(key)!, { ...chosen, threads })
      try {
        return await executor.run({ unit, settings: own, listener, signal: stop })
      } catch (error) {
        // A scheduler kills all processes of a job: this one must not call that a failure before it is gone too.
        if (isRetableError(error) && error.code === 'unavailable') await sleep(1000)
        throw error
      }
    },
    jobs: chosen.jobs,
    retries: chosen.retries,
    mostExpensiveFirst: true,
    signal,
    pollEvery: 1000,
    onEvent: (event) => {
      if (event.type === 'failed' && !failureOf(store, unitKey(event.unit))) {
        const time = new Date().toISOString()
        noteFailure(store, event.unit, { error: packError(event.error), host: hostname(), time })
      }
      show(event)
    },
  })
}

/** Answers without a child process for units that have a result or are held, from a look at the folder per second. */
const quickAnswers = (store: Store): ((key: string) => UnitOutcome | undefined) => {
  let looked = -Infinity
  let names = new Set<string>()
  return (key) => {
    if (performance.now() - looked > 1000) {
      names = new Set(store.fileNames().map((name) => parseResultFileName(name)!.key))
      looked = performance.now()
    }
    if (names.has(key.slice(0, 16))) {
      const found = store.find(key)
      if (found && isWhole(store, found.result)) return { type: 'found', ...found }
    }
    const holder = readLease(store.leasePath(key), leaseOptions())
    return holder && { type: 'busy', holder }
  }
}
