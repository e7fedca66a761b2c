import type { JsonObject } from '@retable/core/host'
import { expect, test } from 'vitest'
import { defineUnit, type Unit } from '../../unit/unit.js'
import { madeUpResult } from '../testing/store-helpers.js'
import { createEstimate } from './estimate.js'

const train = defineUnit<JsonObject>({ kind: 'train', version: 1, run: () => ({ metrics: {} }) })
const unit = (name: string, cost: number): Unit => train({ config: { name }, cost })

const finished = (kind: string, seconds: number, cost: number) =>
  madeUpResult({}, { kind, cost, timing: { startedAt: '', finishedAt: '', seconds, attempts: 1 } })

test('what is left is cost times the measured seconds a cost', () => {
  let clock = 0
  const estimate = createEstimate(1, () => clock)
  const [a, b, c] = [unit('a', 10), unit('b', 20), unit('c', 30)]
  estimate.note({ type: 'begin', pending: [a, b, c], found: [] })
  expect(estimate.counts()).toEqual({ done: 0, total: 3 })
  expect(estimate.remaining()).toBeUndefined()

  // While the first runs: from step 2 to step 6 of 10 in 8 s is 2 s a step of cost 1.
  estimate.note({ type: 'start', unit: a, attempt: 1 })
  clock = 5
  estimate.note({ type: 'progress', unit: a, progress: { step: 2, steps: 10 } })
  clock = 13
  estimate.note({ type: 'progress', unit: a, progress: { step: 6, steps: 10 } })
  expect(estimate.remaining()).toBeCloseTo(2 * (4 + 20 + 30), 10)
  expect(estimate.leftOf(a)).toBeCloseTo(2 * 4, 10)
  expect(estimate.leftOf(b)).toBeUndefined()

  // Measured: 15 s for cost 10.
  estimate.note({ type: 'done', unit: a, result: finished('train', 15, 10), made: true })
  expect(estimate.remaining()).toBeCloseTo(1.5 * 50, 10)
  expect(estimate.counts()).toEqual({ done: 1, total: 3 })
  estimate.note({ type: 'failed', unit: b, error: new Error('x') })
  expect(estimate.remaining()).toBeCloseTo(1.5 * 30, 10)
})

test('stored results tell before anything has run, and jobs share the work', () => {
  const estimate = createEstimate(2, () => 0)
  const found = [finished('train', 30, 10)]
  estimate.note({ type: 'begin', pending: [unit('a', 10), unit('b', 10), unit('c', 40)], found })
  expect(estimate.counts()).toEqual({ done: 1, total: 4 })
  // 180 s of work on two jobs, but the longest unit alone takes 120.
  expect(estimate.remaining()).toBe(120)
})

test('nothing left is zero', () => {
  const estimate = createEstimate()
  estimate.note({ type: 'begin', pending: [], found: [] })
  expect(estimate.remaining()).toBe(0)
})
