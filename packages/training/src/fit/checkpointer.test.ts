import { expect, test } from 'vitest'
import { makeCheckpointer } from './checkpointer.js'
import type { TrainingState } from './training-state.js'

const state = { params: {}, optimizer: { slots: {} } } as unknown as TrainingState

test('a share of the time: the first save is due after the first update, the next when the quickest takes no more than that share', async () => {
  let now = 0
  let end: () => void = () => undefined
  const save = () => new Promise<void>((resolve) => (end = resolve))
  const checkpointer = makeCheckpointer({ share: 0.05, everyMinutes: 0.5, save }, () => now)!
  const saveFor = async (milliseconds: number): Promise<void> => {
    await checkpointer.save(state)
    now += milliseconds - 1
    expect(checkpointer.dueNow(), 'while a save is under way').toBe(false)
    now += 1
    end()
    await checkpointer.finish()
  }
  expect(checkpointer.dueNow()).toBe(true)
  await saveFor(100)
  now = 1999
  expect(checkpointer.dueNow()).toBe(false)
  now = 2000
  expect(checkpointer.dueNow()).toBe(true)
  // A slow one says more of the machine than of the state.
  await saveFor(800)
  now = 3999
  expect(checkpointer.dueNow()).toBe(false)
  now = 4000
  expect(checkpointer.dueNow()).toBe(true)
})

test('a state whose saves are dear is saved by the clock, beside the training', async () => {
  let now = 0
  let end: () => void = () => undefined
  const save = () => new Promise<void>((resolve) => (end = resolve))
  const checkpointer = makeCheckpointer({ share: 0.05, everyMinutes: 0.5, save }, () => now)!
  await checkpointer.save(state)
  now = 4000
  end()
  await checkpointer.finish()
  now = 30_000
  expect([checkpointer.dueNow(), checkpointer.due(2)]).toEqual([false, true])
})
