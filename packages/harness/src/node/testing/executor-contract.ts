import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRetableError } from '@retable/core/host'
import { takeLease } from '@retable/core/node'
import { expect, test } from 'vitest'
import type { Progress } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'
import { unitKey } from '../../unit/unit-key.js'
import { DataError } from '../../unit/data-error.js'
import type { Executor } from '../run/executors/executor.js'
import { outcomeHash } from '../run/run-unit.js'
import type { UnitOutcome } from '../run/task.js'
import { openStore, type Store } from '../store/store.js'
import { plainPlan, plainSettings } from './runs.js'
import { temporaryFolder } from './store-helpers.js'
import { evaluateToy, trainToy } from './toy-paper.js'
import type { ToyConfig } from './toy-units.js'

/** What happened to one unit. */
interface Told {
  readonly events: string[]
  readonly progress: Progress[]
  readonly lines: string[]
}

const toyNet = (net: string, more: Partial<ToyConfig> = {}): Unit =>
  trainToy({
    config: { net, error: 20, steps: 6, pause: 0, ...more },
    seed: 1,
    label: net,
    cost: 6,
  })

/** Runs a unit through an executor and keeps what it says. */
const through = async (
  executor: Executor,
  store: Store,
  unit: Unit,
  {
    signal = new AbortController().signal,
    onProgress = () => undefined,
    restart = false,
  }: { signal?: AbortSignal; onProgress?: (progress: Progress) => void; restart?: boolean } = {},
): Promise<Told & { outcome: Promise<UnitOutcome> }> => {
  store.prepare()
  const told: Told = { events: [], progress: [], lines: [] }
  const outcome = executor.run({
    unit,
    settings: plainSettings(store, { threads: 3, command: ['toy', 'contract'], restart }),
    listener: {
      started: () => told.events.push('started'),
      progress: (progress) => {
        told.events.push('progress')
        told.progress.push(progress)
        onProgress(progress)
      },
      log: (line) => told.lines.push(line),
    },
    signal,
  })
  outcome.catch(() => undefined)
  return { ...told, outcome }
}

const ended = async (
  executor: Executor,
  store: Store,
  unit: Unit,
  options?: Parameters<typeof through>[3],
) => {
  const told = await through(executor, store, unit, options)
  return { ...told, outcome: await told.outcome }
}

const errorOf = async (outcome: Promise<UnitOutcome>): Promise<unknown> => {
  const answer = await outcome.catch((error: unknown) => error)
  expect(answer).toBeInstanceOf(Error)
  return answer
}

/**
 * What every executor must do. `make` opens one over a store, whose services are those of the toy command; `reference`
 * computes the outcome that counts.
 */
export const executorContract = (
  name: string,
  {
    make,
    isKillable,
    isDetached = false,
  }: {
    readonly make: (store: Store) => Executor | Promise<Executor>
    /** Whether `kill` ends a unit at work: not one that runs in this process. */
    readonly isKillable: boolean
    /** Whether units are made by workers that go on when the waiting for them is stopped (default: false). */
    readonly isDetached?: boolean
  },
): void => {
  const opened = async () => {
    const store = openStore(temporaryFolder())
    const executor = await make(store)
    return { store, executor }
  }

  test(`${name}: a unit is run, its result stored with the settings, and how it went is told in order`, async () => {
    const { store, executor } = await opened()
    const unit = toyNet('good')
    const { outcome, events, progress } = await ended(executor, store, unit)
    expect(outcome.type).toBe('made')
    expect(events[0]).toBe('started')
    expect(progress.at(-1)).toMatchObject({ step: 6, steps: 6 })
    const { result } = store.find(unitKey(unit))!
    expect('result' in outcome && outcome.result).toEqual(result)
    expect(result).toMatchObject({
      settings: plainPlan,
      command: ['toy', 'contract'],
      label: 'good',
      cost: 6,
      backend: { name: 'cpu' },
      timing: { attempts: 1 },
    })
    expect(store.hasArtifact(result.artifacts['weights']!)).toBe(true)
    expect(store.workDir(unitKey(unit))).toBeUndefined()
    await executor.close()
  })

  test(`${name}: a unit that has a result is found, and not run again`, async () => {
    const { store, executor } = await opened()
    await ended(executor, store, toyNet('good'))
    const { outcome, events } = await ended(executor, store, toyNet('good'))
    expect(outcome.type).toBe('found')
    expect(events).toEqual([])
    await executor.close()
  })

  test(`${name}: a unit that somebody else runs is busy, with the one who has it`, async () => {
    const { store, executor } = await opened()
    store.prepare()
    const lease = takeLease(store.leasePath(unitKey(toyNet('good'))))
    const { outcome } = await ended(executor, store, toyNet('good'))
    expect(outcome).toMatchObject({ type: 'busy', holder: { pid: process.pid } })
    if (lease.taken) lease.release()
    expect((await ended(executor, store, toyNet('good'))).outcome.type).toBe('made')
    await executor.close()
  })

  test(`${name}: a unit reads the results and artifacts that it needs`, async () => {
    const { store, executor } = await opened()
    const net = toyNet('good')
    const evaluation = evaluateToy({ config: { views: 2 }, seed: 1, needs: { net } })
    const early = await through(executor, store, evaluation)
    expect(String(await errorOf(early.outcome))).toContain(
      'needs "good" (net), which has no result',
    )
    await ended(executor, store, net)
    await ended(executor, store, evaluation)
    const top1 = (unit: Unit) => store.find(unitKey(unit))!.result.metrics['top1']!
    expect(top1(evaluation)).toBe(top1(net) - 2)
    await executor.close()
  })

  test(`${name}: several units at once do not disturb each other`, async () => {
    const { store, executor } = await opened()
    const units = ['a', 'b', 'c'].map((net) => toyNet(net, { pause: 5 }))
    await Promise.all(units.map((unit) => ended(executor, store, unit)))
    const other = await opened()
    for (const unit of units) {
      await ended(other.executor, other.store, unit)
      const [one, two] = [store, other.store].map((where) => where.find(unitKey(unit))!.result)
      expect(outcomeHash(one!)).toBe(outcomeHash(two!))
    }
    await Promise.all([executor.close(), other.executor.close()])
  })

  test(`${name}: a unit that is stopped keeps its checkpoint, and resumes to the same outcome`, async () => {
    const { store, executor } = await opened()
    const unit = toyNet('good', { steps: 40, pause: 10 })
    const controller = new AbortController()
    const told = await through(executor, store, unit, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    const error = await errorOf(told.outcome)
    expect(isRetableError(error) && error.code).toBe('interrupted')
    expect(store.find(unitKey(unit))).toBeUndefined()
    if (!isDetached) {
      const checkpoint = join(store.workDir(unitKey(unit))!, 'checkpoint.json')
      const { step } = JSON.parse(readFileSync(checkpoint, 'utf8')) as { step: number }
      expect(step).toBeLessThan(40)
    }
    const resumed = await ended(executor, store, unit)
    const other = await opened()
    const whole = await ended(other.executor, other.store, unit)
    if (resumed.outcome.type !== 'made' || whole.outcome.type !== 'made')
      throw new Error('not made')
    expect(outcomeHash(resumed.outcome.result)).toBe(outcomeHash(whole.outcome.result))
    expect(resumed.outcome.result.timing.attempts).toBe(isDetached ? 1 : 2)
    await Promise.all([executor.close(), other.executor.close()])
  })

  test(`${name}: a signal that came before runs nothing`, async () => {
    const { store, executor } = await opened()
    const controller = new AbortController()
    controller.abort()
    const told = await through(executor, store, toyNet('good'), { signal: controller.signal })
    const error = await errorOf(told.outcome)
    expect(isRetableError(error) && error.code).toBe('interrupted')
    expect(store.list()).toEqual([])
    await executor.close()
  })

  test(`${name}: an error comes back as it was thrown, and leaves no result and no lease`, async () => {
    const { store, executor } = await opened()
    const broken = await through(executor, store, toyNet('thrown', { fault: 'throw' }))
    expect(String(await errorOf(broken.outcome))).toContain('net thrown broke down')
    const diverged = await errorOf(
      (await through(executor, store, toyNet('nan', { fault: 'nan' }))).outcome,
    )
    expect(isRetableError(diverged) && diverged.code).toBe('diverged')
    expect(store.list()).toEqual([])
    expect(takeLease(store.leasePath(unitKey(toyNet('thrown')))).taken).toBe(true)
    await executor.close()
  })

  test(`${name}: data that cannot be opened is named with what was asked for`, async () => {
    const { store, executor } = await opened()
    const unit = toyNet('good', { data: 'gone' })
    const error = await errorOf((await through(executor, store, unit)).outcome)
    expect(error).toBeInstanceOf(DataError)
    expect(error).toMatchObject({ code: 'not-found', request: { name: 'gone' } })
    await executor.close()
  })

  test(`${name}: restart deletes the checkpoints first`, async () => {
    const { store, executor } = await opened()
    store.prepare()
    const unit = toyNet('fickle', { fault: 'once' })
    await errorOf((await through(executor, store, unit)).outcome)
    writeFileSync(join(store.workDir(unitKey(unit))!, 'spoiled'), '')
    await errorOf((await through(executor, store, unit, { restart: true })).outcome)
    expect(existsSync(join(store.workDir(unitKey(unit))!, 'spoiled'))).toBe(false)
    expect((await ended(executor, store, unit)).outcome.type).toBe('made')
    await executor.close()
  })

  test.runIf(isKillable)(
    `${name}: kill ends a unit at once; its lease does not outlive it, and it resumes`,
    async () => {
      const { store, executor } = await opened()
      // The log, from which the progress of a worker elsewhere is read, has a line per second.
      const unit = toyNet('good', { steps: isDetached ? 300 : 30, pause: 20 })
      const told = await through(executor, store, unit, {
        onProgress: ({ step }) => {
          if (step >= 2) executor.kill()
        },
      })
      const error = await errorOf(told.outcome)
      expect(isRetableError(error) && error.code).toBe('unavailable')
      await sleep(20)
      const again = await ended(executor, store, unit)
      expect(again.outcome).toMatchObject({ type: 'made', result: { timing: { attempts: 2 } } })
      await executor.close()
    },
  )
}
