import type { JsonObject } from '@retable/core/host'
import { expect, test } from 'vitest'
import { defineUnit } from '../../unit/unit.js'
import { createEstimate } from '../run/estimate.js'
import type { RunEvent } from '../run/schedule.js'
import { madeUpResult } from '../testing/store-helpers.js'
import { metricsText } from './unit-text.js'
import { createPlainDisplay } from './plain.js'

const train = defineUnit<JsonObject>({ kind: 'train', version: 1, run: () => ({ metrics: {} }) })
const unit = train({ config: {}, seed: 1, label: 'D, S=256' })

test('a line per unit that starts, one per finished unit, and on progress at most one every five seconds', () => {
  let clock = 0
  const lines: string[] = []
  const estimate = createEstimate(1, () => clock / 1000)
  const display = createPlainDisplay({ write: (text: string) => lines.push(text) }, estimate, {
    now: () => clock,
  })
  const note = (event: RunEvent) => {
    estimate.note(event)
    display.note(event)
  }
  note({ type: 'begin', pending: [unit], found: [] })
  note({ type: 'start', unit, attempt: 1 })
  for (let step = 0; step < 120; step++) {
    clock += 100
    const progress = { step, steps: 240, epoch: 1, loss: 1.23456, imagesPerSecond: 310.4 }
    note({ type: 'progress', unit, progress })
  }
  expect(lines).toEqual([
    '[0/1] D, S=256 (seed 1): started\n',
    '[0/1] D, S=256 (seed 1): step 49/240, epoch 1, loss 1.235, 310 images/s, 19 s left\n',
    '[0/1] D, S=256 (seed 1): step 99/240, epoch 1, loss 1.235, 310 images/s, 14 s left\n',
  ])
  note({ type: 'log', unit, line: 'learning rate 0.001' })
  const metrics = { step: 240, evenMore: 3, loss: 1, top1: 31.23456, top5: 9, more: 2 }
  note({ type: 'done', unit, result: madeUpResult({}, { metrics }), made: true })
  expect(lines.slice(3)).toEqual([
    'D, S=256 (seed 1): learning rate 0.001\n',
    '[1/1] D, S=256 (seed 1): top-1 error 31.23%, top-5 error 9%, loss 1, evenMore 3 (1 min 0 s)\n',
  ])
})

test('a finished unit’s numbers are printed in one order, in whatever order they come', () => {
  const trained = { step: 4, epoch: 0.0128, trainLoss: 2.3, trainTop1: 90, learningRate: 0.01 }
  const sorted = Object.fromEntries(Object.entries(trained).sort())
  for (const metrics of [trained, sorted]) {
    expect(metricsText({ metrics })).toBe('training top-1 error 90%, training loss 2.3')
  }
  expect(metricsText({ metrics: { steps: 4 } })).toBe('')
})

test('of several units at work each has its lines', () => {
  let clock = 0
  const lines: string[] = []
  const estimate = createEstimate(2, () => clock / 1000)
  const display = createPlainDisplay({ write: (text: string) => lines.push(text) }, estimate, {
    now: () => clock,
  })
  const other = train({ config: { x: 1 }, label: 'E' })
  for (let step = 0; step < 110; step++) {
    clock += 100
    for (const one of [unit, other]) {
      display.note({ type: 'progress', unit: one, progress: { step, steps: 200 } })
    }
  }
  expect(lines.map((line) => line.slice(6))).toEqual([
    'D, S=256 (seed 1): step 49/200\n',
    'E: step 49/200\n',
    'D, S=256 (seed 1): step 99/200\n',
    'E: step 99/200\n',
  ])
})

test('what goes wrong is said in a line', () => {
  const lines: string[] = []
  const estimate = createEstimate()
  const display = createPlainDisplay({ write: (text: string) => lines.push(text) }, estimate)
  const other = train({ config: { x: 1 }, label: 'E' })
  const events: RunEvent[] = [
    { type: 'begin', pending: [unit, other], found: [madeUpResult({ z: 1 })] },
    { type: 'retry', unit, error: new Error('broke'), attempt: 1 },
    { type: 'start', unit, attempt: 2 },
    { type: 'failed', unit, error: new Error('broke again') },
    { type: 'skipped', unit: other, needs: unit },
    { type: 'waiting', unit: other, holder: undefined },
  ]
  for (const event of events) {
    estimate.note(event)
    display.note(event)
  }
  expect(lines).toEqual([
    '1 result is there already\n',
    'D, S=256 (seed 1): broke; trying again\n',
    '[1/3] D, S=256 (seed 1): attempt 2\n',
    '[2/3] D, S=256 (seed 1) failed: broke again\n',
    '[3/3] E skipped: it needs D, S=256 (seed 1)\n',
    'E is being made by another process\n',
  ])
})
