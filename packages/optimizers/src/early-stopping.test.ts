import { expect, test } from 'vitest'
import { earlyStopping, type EarlyStoppingOptions } from './early-stopping.js'

const run = (options: EarlyStoppingOptions, metrics: number[]) => {
  const stopping = earlyStopping(options)
  return metrics.reduce((state, metric) => stopping.update(state, metric), stopping.init())
}

test('stops after `patience` checks in a row without a better one', () => {
  expect(run({ patience: 2 }, [3, 2, 2.5]).stopped).toBe(false)
  expect(run({ patience: 2 }, [3, 2, 2.5, 1.9, 2]).stopped).toBe(false)
  expect(run({ patience: 2 }, [3, 2, 2.5, 2])).toEqual({
    best: 2,
    bestCheck: 1,
    checks: 4,
    badChecks: 2,
    stopped: true,
  })
})

test('once stopped it stays stopped', () => {
  expect(run({ patience: 1 }, [1, 2, 0.5]).stopped).toBe(true)
})

test('mode max and thresholds', () => {
  expect(run({ mode: 'max', patience: 1 }, [0.5, 0.6]).stopped).toBe(false)
  expect(run({ mode: 'max', patience: 1, threshold: 0.1 }, [0.5, 0.59]).stopped).toBe(true)
  expect(run({ patience: 1, threshold: 0.1, thresholdMode: 'rel' }, [10, 8.9]).stopped).toBe(false)
  expect(run({ patience: 1, threshold: 0.1, thresholdMode: 'rel' }, [10, 9.1]).stopped).toBe(true)
})

test('NaN is no improvement', () => {
  expect(run({ patience: 2 }, [Number.NaN, Number.NaN])).toMatchObject({
    best: null,
    stopped: true,
  })
})

test('bad options are refused', () => {
  expect(() => earlyStopping({ patience: 0 })).toThrow(
    'patience is an integer of at least 1, found 0',
  )
  expect(() => earlyStopping({ mode: 'up' as 'min' })).toThrow("mode is 'min' or 'max', found 'up'")
})
