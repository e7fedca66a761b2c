import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reduceOnPlateau, type ReduceOnPlateauOptions } from './reduce-on-plateau.js'

interface Case {
  options: {
    mode?: 'min' | 'max'
    factor?: number
    patience?: number
    threshold?: number
    threshold_mode?: 'rel' | 'abs'
    cooldown?: number
    min_lr?: number
    eps?: number
  }
  metrics: number[]
  rates: number[]
  bad: number[]
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/plateaus.json', import.meta.url), 'utf8'),
) as Case[]

test.each(cases.map((c) => [JSON.stringify(c.options), c] as const))(
  'equals PyTorch’s ReduceLROnPlateau with %s',
  (_, { options, metrics, rates, bad }) => {
    const { threshold_mode, min_lr, eps, ...same } = options
    const plateau = reduceOnPlateau({
      ...same,
      ...(threshold_mode && { thresholdMode: threshold_mode }),
      ...(min_lr !== undefined && { minLearningRate: min_lr }),
      ...(eps !== undefined && { epsilon: eps }),
    } satisfies ReduceOnPlateauOptions)
    let state = plateau.init()
    metrics.forEach((metric, i) => {
      state = plateau.update(state, metric, 0.4 * state.scale)
      expect(0.4 * state.scale).toBeCloseTo(rates[i]!, 12)
      expect(state.badChecks).toBe(bad[i])
      // A checkpoint in between changes nothing.
      state = JSON.parse(JSON.stringify(state)) as typeof state
    })
  },
)

test('the fixtures do reduce, and not all alike', () => {
  expect(new Set(cases.map((c) => c.rates.join())).size).toBeGreaterThan(15)
})

test('a metric that is NaN counts as no improvement', () => {
  const plateau = reduceOnPlateau({ patience: 0 })
  const state = plateau.update(plateau.update(plateau.init(), 1, 0.1), Number.NaN, 0.1)
  expect(state).toEqual({
    scale: expect.closeTo(0.1),
    best: 1,
    badChecks: 0,
    cooldownLeft: 0,
    reductions: 1,
  })
})

test.each([
  [{ factor: 1 }, 'factor is at least 0 and below 1, found 1'],
  [{ patience: -1 }, 'patience is an integer of at least 0, found -1'],
  [{ threshold: Number.NaN }, 'threshold is a finite number of at least 0, found NaN'],
  [{ mode: 'best' as 'min' }, "mode is 'min' or 'max', found 'best'"],
  [{ thresholdMode: 'percent' as 'rel' }, "thresholdMode is 'rel' or 'abs', found 'percent'"],
])('bad options are refused: %j', (options, message) => {
  expect(() => reduceOnPlateau(options)).toThrow(message)
})
