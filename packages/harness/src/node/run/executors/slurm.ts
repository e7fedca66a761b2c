import { setTimeout as sleep } from 'node:timers/promises'
import { RetableError } from '@retable/core/host'
import { readLease } from '@retable/core/node'
import { isWhole } from '../../../plan/missing.js'
import { parseResultFileName } from '../../../unit/result-file.js'
import { unpackError } from '../../../unit/plain-error.js'
import type { Unit } from '../../../unit/unit.js'
import { unitKey } from '../../../unit/unit-key.js'
import { unitName } from '../../display/unit-text.js'
import { enqueue, failureOf, isQueued, type QueuedUnit } from '../../queue/queue.js'
import { lastProgress } from '../../queue/unit-status.js'
import { jobScript, sbatchOptions, type ArrayRequest } from '../../slurm/job-script.js'
import { killJobs, queuedTasks, submitJob } from '../../slurm/slurm.js'
import { keepScript, noteSubmitted, submittedJobs } from '../../slurm/submitted.js'
import type { Store } from '../../store/store.js'
import { leaseOptions } from '../lease-options.js'
import { readNeeds } from '../read-needs.js'
import type { UnitOutcome, UnitTask } from '../task.js'
import type { Executor } from './executor.js'

/** How workers are started on a cluster. */
export interface SlurmExecutorOptions {
  /** The folder of results, which the workers see under the same path. */
  readonly store: Store
  /** The command line of a worker on the results folder: `node …/retable.js work --results DIR`. */
  readonly worker: readonly string[]
  /** What each job array asks of Slurm. */
  readonly request: Omit<ArrayRequest, 'store' | 'workers'>
  /** Workers of the array that units start which were not submitted together (default 1). */
  readonly workers?: number
  /** Milliseconds between looks at the results folder (default 2,000). */
  readonly lookEvery?: number
  /** Milliseconds between calls of squeue, at least (default 60,000). */
  readonly askEvery?: number
}

/** The workers that Slurm has on the results folder. */
export interface Submitted {
  /** The numbers of their arrays. */
  readonly jobs: readonly string[]
  /** Workers, one per task of an array. */
  readonly workers: number
  /** Whether they were submitted now; false if they were there already. */
  readonly isNew: boolean
}

/** Has units run by the workers of a Slurm job array, which it submits. */
export interface SlurmExecutor extends Executor {
  /**
   * Puts units into the queue of the results folder and submits an array of workers for them, unless nothing was added to
   * the queue and Slurm has workers on the folder.
   */
  submit(units: readonly QueuedUnit[], workers: number): Promise<Submitted>
}

interface Watched {
  readonly unit: Unit
  readonly task: UnitTask
  started: boolean
  step: number
  readonly settle: (outcome: UnitOutcome | Error) => void
}

/**
 * Runs units through Slurm: they are put into the queue of the results folder, workers of a job array make them, and
 * the folder says how they go. A signal ends the waiting, and not the workers; `kill` ends these too.
 *
 * Slurm is asked by one `squeue` a minute at most, and only whether workers are left. That none is in its queue is no
 * failure: a unit is given up after two such answers in a row during which nobody had its lease.
 */
export const createSlurmExecutor = ({
  store,
  worker,
  request,
  workers: few = 1,
  lookEvery = 2000,
  askEvery = 60_000,
}: SlurmExecutorOptions): SlurmExecutor => {
  const jobs: string[] = []
  /** Units that workers which are at work know of. */
  const covered = new Set<string>()
  const watched = new Map<string, Watched>()
  const signals = new WeakSet<AbortSignal>()
  let isLooking = false
  let last: Promise<unknown> = Promise.resolve()

  const submitArray = async (workers: number): Promise<string> => {
    const script = keepScript(store, jobScript(worker))
    const job = await submitJob(sbatchOptions({ ...request, store, workers }), script)
    noteSubmitted(store, job)
    jobs.push(job)
    return job
  }

  /** Puts units into the queue; if no worker comes of that, the queue is what it was before. */
  const queueFor = async <T>(
    units: readonly QueuedUnit[],
    start: (added: number) => Promise<T>,
  ): Promise<T> => {
    await last
    const queued = enqueue(store, units)
    try {
      const started = await start(queued.added)
      for (const { unit } of units) covered.add(unitKey(unit))
      return started
    } catch (error) {
      queued.undo()
      throw error
    }
  }

  const submit: SlurmExecutor['submit'] = (units, workers) =>
    queueFor(units, async (added) => {
      const tasks = added === 0 ? await queuedTasks(submittedJobs(store)) : []
      if (tasks.length === 0) return { jobs: [await submitArray(workers)], workers, isNew: true }
      const known = [...new Set(tasks)]
      jobs.push(...known)
      return { jobs: known, workers: tasks.length, isNew: false }
    })

  /** Passes on that a unit was started, and its last progress if that is new. */
  const follow = (one: Watched): void => {
    const { unit, task } = one
    if (!one.started) {
      one.started = true
      task.listener.started()
    }
    const progress = lastProgress(store, unit)
    if (progress && progress.step !== one.step) {
      one.step = progress.step
      task.listener.progress(progress)
    }
  }

  const look = (keys: ReadonlySet<string>, one: Watched): UnitOutcome | Error | 'held' | 'free' => {
    const { unit } = one
    const key = unitKey(unit)
    if (keys.has(key.slice(0, 16))) {
      const found = store.find(key)
      if (found) {
        // It may have ended between two looks.
        follow(one)
        return { type: 'made', ...found }
      }
    }
    const failure = failureOf(store, key)
    if (failure) return unpackError(failure.error)
    const isHeld = readLease(store.leasePath(key), leaseOptions()) !== undefined
    if (isHeld || one.started) follow(one)
    return isHeld ? 'held' : 'free'
  }

  /** Looks at the folder, and now and then at the queue, as long as there are units to watch. */
  const watch = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    let asked = performance.now()
    let absent = 0
    while (watched.size > 0) {
      await sleep(lookEvery)
      const keys = new Set(store.fileNames().map((name) => parseResultFileName(name)!.key))
      let isAnyHeld = false
      for (const [key, one] of watched) {
        const seen = look(keys, one)
        if (seen === 'held') isAnyHeld = true
        else if (seen !== 'free') leave(key, seen)
      }
      if (isAnyHeld) absent = 0
      if (watched.size === 0 || performance.now() - asked < askEvery) continue
      asked = performance.now()
      const tasks = await queuedTasks(jobs)
      if (tasks.length > 0 || isAnyHeld) absent = 0
      else if (++absent >= 2) giveUp()
    }
    isLooking = false
  }

  const leave = (key: string, how: UnitOutcome | Error): void => {
    const one = watched.get(key)
    watched.delete(key)
    covered.delete(key)
    one?.settle(how)
  }

  /** Ends the waiting for units of a signal when it comes: one listener for all of them. */
  const stopWith = (signal: AbortSignal): void => {
    if (signals.has(signal)) return
    signals.add(signal)
    const stop = (): void => {
      for (const [key, { unit, task }] of watched) {
        if (task.signal === signal) leave(key, interrupted(unit))
      }
    }
    signal.addEventListener('abort', stop, { once: true })
  }

  const giveUp = (): void => {
    for (const [key, { unit }] of watched) {
      leave(
        key,
        new RetableError(
          'unavailable',
          `${unitName(unit)} has no result, and Slurm has no worker left for it; the same command submits more`,
        ),
      )
    }
  }

  const run = async (task: UnitTask): Promise<UnitOutcome> => {
    const { unit, settings, signal } = task
    const key = unitKey(unit)
    if (signal.aborted) throw interrupted(unit)
    const found = store.find(key)
    if (found && isWhole(store, found.result)) {
      // What was submitted may be made before it is asked for, as a unit that needs another is.
      return { type: covered.delete(key) ? 'made' : 'found', ...found }
    }
    if (!covered.has(key)) {
      const holder = readLease(store.leasePath(key), leaseOptions())
      if (holder && !isQueued(store, key)) return { type: 'busy', holder }
      await readNeeds(unit, store)
      await queueFor([{ unit, settings }], () => submitArray(few))
    }
    return new Promise((resolve, reject) => {
      watched.set(key, {
        unit,
        task,
        started: false,
        step: -1,
        settle: (how) => (how instanceof Error ? reject(how) : resolve(how)),
      })
      stopWith(signal)
      watch().catch((error: unknown) => {
        isLooking = false
        for (const [other] of watched) leave(other, error as Error)
      })
    })
  }

  return {
    name: 'slurm',
    submit,
    run,
    kill: () => {
      const killed = jobs.splice(0)
      last = killJobs(killed)
      for (const [key, { unit }] of watched) {
        leave(key, new RetableError('unavailable', `the workers of ${unitName(unit)} were killed`))
      }
    },
    // Workers continue without this process.
    close: async () => void (await last.catch(() => undefined)),
  }
}

const interrupted = (unit: Unit): RetableError =>
  new RetableError('interrupted', `the waiting for ${unitName(unit)} was interrupted`)
