import type { JsonObject } from '@retable/core/host'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { defineUnit } from '../../unit/unit.js'
import { createEstimate } from '../run/estimate.js'
import type { RunEvent } from '../run/schedule.js'
import { createLiveDisplay } from './live.js'

const train = defineUnit<JsonObject>({ kind: 'train', version: 1, run: () => ({ metrics: {} }) })

test('on a terminal: a bar a unit at work with step, loss, images/s and its ETA, one for all, and what fails above', async () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 160, rows: 20 })
  let clock = 0
  const estimate = createEstimate(2, () => clock)
  const display = createLiveDisplay(stream, estimate)
  const [a, b] = [
    train({ config: { net: 'a' }, seed: 1, label: 'A, S=256' }),
    train({ config: { net: 'b' }, seed: 1, label: 'D, S=256' }),
  ]
  const note = (event: RunEvent) => {
    estimate.note(event)
    display.note(event)
  }
  note({ type: 'begin', pending: [a, b], found: [] })
  for (const unit of [a, b]) note({ type: 'start', unit, attempt: 1 })
  const at = (step: number) => ({ step, steps: 100, epoch: 1, loss: 2 / step, imagesPerSecond: 64 })
  for (const step of [10, 20]) {
    clock = step
    note({ type: 'progress', unit: a, progress: at(step) })
    note({ type: 'progress', unit: b, progress: at(step * 2) })
  }
  // The whole table's line is brought up to date once a second, the others five times.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const drawn = stripVTControlCharacters(String(stream.read()))
  expect(drawn).toContain('0 of 2 1 min 20 s left')
  expect(drawn).toContain(
    'A, S=256 (seed 1) step 20/100, epoch 1, loss 0.100, 64 images/s, 1 min 20 s left',
  )
  expect(drawn).toContain(
    'D, S=256 (seed 1) step 40/100, epoch 1, loss 0.050, 64 images/s, 30 s left',
  )
  note({ type: 'failed', unit: b, error: new Error('memory ran out') })
  await new Promise((resolve) => setTimeout(resolve, 500))
  const after = stripVTControlCharacters(String(stream.read()))
  expect(after).toContain('[1/2] D, S=256 (seed 1) failed: memory ran out')
  expect(after.slice(after.lastIndexOf('failed'))).not.toContain('D, S=256 (seed 1) step')
  display.stop()
})
