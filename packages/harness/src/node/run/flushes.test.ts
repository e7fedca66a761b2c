import * as fs from 'node:fs'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineUnit } from '../../unit/unit.js'
import { enqueue } from '../queue/queue.js'
import { openStore } from '../store/store.js'
import { plainServices, plainSettings } from '../testing/runs.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { runUnit } from './run-unit.js'

// A flush takes 2 to 10 ms on a disk that is busy: most of what a unit costs besides its own work.
vi.mock('node:fs', { spy: true })
beforeEach(() => void vi.mocked(fs.fsyncSync).mockClear())

const unitOf = (i: number) =>
  defineUnit<{ i: number }>({ kind: 'one', version: 1, run: () => ({ metrics: { n: 1 } }) })({
    config: { i },
    seed: 1,
    label: `one ${i}`,
  })

const preparedStore = () => {
  const store = openStore(temporaryFolder())
  store.prepare()
  return store
}

test('a unit flushes what is to outlive a power cut: its record of attempts, its result and the result’s folder', async () => {
  const store = preparedStore()
  const run = (i: number) =>
    runUnit({
      unit: unitOf(i),
      settings: plainSettings(store),
      services: plainServices(),
      store,
      listener: { started: () => undefined, progress: () => undefined, log: () => undefined },
      signal: new AbortController().signal,
    })
  await run(0) // it makes the folder of logs
  vi.mocked(fs.fsyncSync).mockClear()
  expect((await run(1)).type).toBe('made')
  expect(fs.fsyncSync).toHaveBeenCalledTimes(3)
})

test('to fill the queue flushes nothing: the same command fills it again', () => {
  const store = preparedStore()
  vi.mocked(fs.fsyncSync).mockClear()
  enqueue(store, [{ unit: unitOf(0), settings: plainSettings(store) }])
  expect(fs.fsyncSync).not.toHaveBeenCalled()
})
