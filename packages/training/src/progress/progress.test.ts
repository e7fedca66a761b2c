import { expect, test } from 'vitest'
import { formatProgress } from './format-progress.js'
import { createStepClock } from './step-clock.js'

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
  ).toBe('training 120/900 · epoch 1 · loss 1.235 · lr 0.01 · 12.3 images/s · 3 min 5 s left')
  expect(formatProgress({ phase: 'validating', step: 5 })).toBe('validating 5')
})

test('the speed of the last seconds, and the time left at the mean speed', () => {
  let time = 5000
  const clock = createStepClock(() => time / 1000, 10)
  expect(clock.imagesPerSecond()).toBeUndefined()
  expect(clock.etaSeconds(10)).toBeUndefined()
  const tick = (ms: number) => {
    time += ms
    clock.tick(64)
  }
  tick(0)
  for (let i = 0; i < 5; i++) tick(1000)
  expect(clock.imagesPerSecond()).toBeCloseTo(64, 6)
  expect(clock.etaSeconds(10)).toBeCloseTo(10, 6)
  for (let i = 0; i < 20; i++) tick(2000)
  expect(clock.imagesPerSecond()).toBeCloseTo(32, 6)
  expect(clock.etaSeconds(10)).toBeCloseTo((10 * 45) / 25, 6)
})
