import { expect, test } from 'vitest'
import { formatDuration, formatProgress } from './format-progress.js'
import { makePace } from './pace.js'

test('durations', () => {
  expect([0, 59.4, 60, 185, 3599.6, 7620].map(formatDuration)).toEqual([
    '0s',
    '59s',
    '1m 00s',
    '3m 05s',
    '1h 00m',
    '2h 07m',
  ])
})

test('a line with what is known, and no more', () => {
  expect(
    formatProgress({
      phase: 'training',
      step: 120,
      steps: 900,
      epoch: 1,
      loss: 1.23456,
      learningRate: 0.1 * 0.1,
      imagesPerSecond: 12.345,
      etaSeconds: 185,
    }),
  ).toBe('training 120/900 · epoch 1 · loss 1.235 · lr 0.01 · 12.3 images/s · 3m 05s left')
  expect(formatProgress({ phase: 'validating', step: 5 })).toBe('validating 5')
})

test('the pace of the last seconds, and the time left at the mean pace', () => {
  let time = 5000
  const pace = makePace(() => time, 10)
  expect(pace.imagesPerSecond()).toBeUndefined()
  expect(pace.etaSeconds(10)).toBeUndefined()
  const tick = (ms: number) => {
    time += ms
    pace.tick(64)
  }
  tick(0)
  for (let i = 0; i < 5; i++) tick(1000)
  expect(pace.imagesPerSecond()).toBeCloseTo(64, 6)
  expect(pace.etaSeconds(10)).toBeCloseTo(10, 6)
  for (let i = 0; i < 20; i++) tick(2000)
  expect(pace.imagesPerSecond()).toBeCloseTo(32, 6)
  expect(pace.etaSeconds(10)).toBeCloseTo((10 * 45) / 25, 6)
})
