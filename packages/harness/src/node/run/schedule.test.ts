import { RetableError } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import { takeLease } from '@retable/core/node'
import { expect, test } from 'vitest'
import { defineUnit, type Unit } from '../../unit/unit.js'
import { makeHere } from '../testing/runs.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { openStore } from '../store/store.js'
import { unitKey } from '../../unit/unit-key.js'
import { missingUnits } from '../../plan/missing.js'
import { makeUnits } from './schedule.js'

const recorded = () => {
  const order: string[] = []
  let atOnce = 0
  let most = 0
  const kind = defineUnit<{ name: string; fails?: boolean; fail?: number }>({
    kind: 'step',
    version: 1,
    run: async ({ config }) => {
      order.push(config.name)
      most = Math.max(most, ++atOnce)
      await new Promise((resolve) => setTimeout(resolve, 5))
      atOnce--
      if (config.fails) throw new Error(`${config.name} failed`)
      const tries = order.filter((name) => name === config.name).length
      if (tries <= (config.fail ?? 0)) throw new Error(`${config.name} failed once`)
      return { metrics: {} }
    },
  })
  const unit = (name: string, needs: Record<string, Unit> = {}, more: JsonObject = {}) =>
    kind({ config: { name, ...more }, needs, label: name })
  return { unit, order, most: () => most }
}

test('what is needed comes first, everything once, whoever asks', async () => {
  const { unit, order } = recorded()
  const a = unit('a')
  const b = unit('b', { a })
  const c = unit('c', { a, b })
  const { outcome } = await makeHere(
    [c, b, unit('c', { a: unit('a'), b })],
    openStore(temporaryFolder()),
  )
  expect(order).toEqual(['a', 'b', 'c'])
  expect(outcome.made).toBe(3)
})

test('finished units are not run again, in another process or later', async () => {
  const { unit, order } = recorded()
  const dir = temporaryFolder()
  await makeHere([unit('b', { a: unit('a') })], openStore(dir))
  const { outcome, events } = await makeHere(
    [unit('b', { a: unit('a') }), unit('a')],
    openStore(dir),
  )
  expect(order).toEqual(['a', 'b'])
  expect(outcome.made).toBe(0)
  expect(events.map(({ type }) => type)).toEqual(['begin'])
})

test('what only a finished unit needed is not made for it', async () => {
  const { unit } = recorded()
  const store = openStore(temporaryFolder())
  const b = unit('b', { a: unit('a') })
  await makeHere([b], store)
  expect(missingUnits([b], store).pending).toEqual([])
  const fresh = openStore(temporaryFolder())
  expect(missingUnits([b, unit('d')], fresh).pending.map(({ label }) => label)).toEqual([
    'a',
    'b',
    'd',
  ])
})

test('a failure takes with it what needs it and nothing else', async () => {
  const { unit, order } = recorded()
  const bad = unit('bad', {}, { fails: true })
  const needing = unit('needing', { bad })
  const further = unit('further', { needing })
  const { outcome, events } = await makeHere(
    [bad, needing, further, unit('good')],
    openStore(temporaryFolder()),
  )
  expect(order).toEqual(['bad', 'good'])
  expect(outcome.failed.map(({ unit }) => unit.label)).toEqual(['bad'])
  expect(outcome.skipped.map(({ label }) => label)).toEqual(['needing', 'further'])
  expect(events.filter(({ type }) => type === 'done')).toHaveLength(1)
})

test('data that cannot be opened is asked for once, and ends each unit that asks for it, and no other', async () => {
  const asked: JsonObject[] = []
  const kind = defineUnit<{ name: string; data: JsonObject }>({
    kind: 'reader',
    version: 1,
    run: async ({ config, data }) => {
      await data(config.data)
      return { metrics: {} }
    },
  })
  const reader = (name: string, split: string) =>
    kind({ config: { name, data: { set: 'x', split } }, seed: 1, label: name })
  const openData = async (request: JsonObject) => {
    asked.push(request)
    if (request['split'] === 'val') return { fingerprint: 'f' }
    throw new RetableError('download-failed', 'the network is gone')
  }
  const units = [reader('a', 'train'), reader('b', 'val'), reader('c', 'train')]
  const { outcome } = await makeHere(units, openStore(temporaryFolder()), {
    services: { openData },
    retries: 1,
  })
  expect(asked.map(({ split }) => split)).toEqual(['train', 'train', 'val'])
  expect(outcome.failed.map(({ error }) => String(error))).toEqual([
    'RetableError: the network is gone',
    'RetableError: it needs the data that a (seed 1) could not open',
  ])
  expect(outcome.made).toBe(1)
})

test('a failed unit is tried again as often as asked', async () => {
  const { unit, order } = recorded()
  const once = unit('once', {}, { fail: 1 })
  const twice = unit('twice', {}, { fail: 2 })
  const { outcome, events } = await makeHere([once, twice], openStore(temporaryFolder()), {
    retries: 1,
  })
  expect(order.sort()).toEqual(['once', 'once', 'twice', 'twice'])
  expect(outcome.failed.map(({ unit }) => unit.label)).toEqual(['twice'])
  expect(events.filter(({ type }) => type === 'retry')).toHaveLength(2)
})

test('jobs bound how many run at a time', async () => {
  const { unit, most } = recorded()
  const units = Array.from({ length: 7 }, (_, i) => unit(`u${i}`))
  await makeHere(units, openStore(temporaryFolder()), { jobs: 3 })
  expect(most()).toBe(3)
})

test('a unit that another process holds is passed over, and taken when it is free', async () => {
  const { unit, order } = recorded()
  const store = openStore(temporaryFolder())
  const held = unit('held')
  const lock = takeLease(store.leasePath(unitKey(held)))
  if (!lock.taken) throw new Error('not taken')
  const { outcome, events } = await makeHere([held, unit('next')], store, {
    onEvent: (event) => {
      if (event.type === 'done' && event.unit.label === 'next') setTimeout(() => lock.release(), 60)
    },
  })
  expect(order).toEqual(['next', 'held'])
  expect(outcome.made).toBe(2)
  expect(events.filter(({ type }) => type === 'waiting')).toHaveLength(1)
})

test('a unit that another process finished meanwhile is found, not run', async () => {
  const { unit, order } = recorded()
  const store = openStore(temporaryFolder())
  const held = unit('held')
  const lock = takeLease(store.leasePath(unitKey(held)))
  const elsewhere = openStore(temporaryFolder())
  await makeHere([held], elsewhere)
  const { result } = elsewhere.find(unitKey(held))!
  const { outcome, events } = await makeHere([held], store, {
    onEvent: (event) => {
      if (event.type !== 'waiting') return
      store.write(result)
      if (lock.taken) lock.release()
    },
  })
  expect(order).toEqual(['held'])
  expect(outcome.made).toBe(0)
  expect(events.at(-1)).toMatchObject({ type: 'done', made: false })
})

test('an abort ends the run between units and starts no more', async () => {
  const { unit, order } = recorded()
  const controller = new AbortController()
  const running = makeHere([unit('a'), unit('b')], openStore(temporaryFolder()), {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'start') controller.abort()
    },
  })
  await expect(running).rejects.toThrow('interrupted')
  expect(order).toEqual([])
})

test('a unit that another process held is looked at again soon, and then after twice as long each time', async () => {
  const { unit } = recorded()
  const store = openStore(temporaryFolder())
  const one = unit('one')
  const { outcome } = await makeHere([one], store)
  expect(outcome.made).toBe(1)
  const found = store.find(unitKey(one))!
  const looks: number[] = []
  await makeUnits([one], {
    store: openStore(temporaryFolder()),
    execute: async () => {
      looks.push(performance.now())
      return looks.length < 4 ? { type: 'busy', holder: undefined } : { type: 'found', ...found }
    },
    signal: new AbortController().signal,
    onEvent: () => undefined,
    pollEvery: 800,
  })
  const waits = looks.slice(1).map((time, i) => time - looks[i]!)
  for (const [i, least] of [50, 100, 200].entries()) {
    expect(waits[i]).toBeGreaterThan(least - 5)
    expect(waits[i]).toBeLessThan(least * 2)
  }
})
