import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import type { OptimizerSpec, ScheduleSpec } from './from-spec.js'
import {
  optimizerFromSpec,
  plateauFromSpec,
  scheduleFromSpec,
  stoppingFromSpec,
} from './from-spec.js'

/** What configurations and results keep. */
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const groups = [{ names: ['*bias'], weightDecay: 0, learningRateFactor: 2 }]

test.each<OptimizerSpec>([
  { kind: 'sgd', momentum: 0.9, form: 'krizhevsky', weightDecay: 5e-4, groups },
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'adam', weightDecay: 1e-4, amsgrad: true },
  { kind: 'adamw', beta1: 0.8 },
  { kind: 'withClipping', globalNorm: 0.5, optimizer: { kind: 'sgd', momentum: 0.5 } },
  { kind: 'withClipping', value: 0.1, optimizer: { kind: 'adam' } },
])('%j: the optimizer that its own spec makes takes the same steps', (spec) => {
  const optimizer = optimizerFromSpec(spec)
  const again = optimizerFromSpec(throughJson(optimizer.spec))
  expect(again.spec).toEqual(optimizer.spec)
  const params = { 'fc/kernel': tf.tensor2d([[1, -2]]), 'fc/bias': tf.tensor1d([0.5, 3]) }
  const grads = { 'fc/kernel': tf.tensor2d([[0.3, 4]]), 'fc/bias': tf.tensor1d([-1, 0.2]) }
  const after = (by: typeof optimizer) => {
    const one = by.update(params, grads, by.init(params), 0.1)
    const two = by.update(one.params, grads, one.state, 0.05)
    return Object.values(two.params).map((w) => [...w.dataSync()])
  }
  expect(after(again)).toEqual(after(optimizer))
  expect(after(optimizer).flat()).not.toEqual([1, -2, 0.5, 3])
})

test.each<ScheduleSpec>([
  { kind: 'constant', learningRate: 0.1 },
  { kind: 'cosine', learningRate: 0.1, steps: 20, final: 0.01 },
  { kind: 'exponential', learningRate: 0.1, factor: 0.9 },
  { kind: 'multiStep', learningRate: 0.1, milestones: [5, 10] },
  { kind: 'oneCycle', learningRate: 0.1, steps: 20, threePhase: true },
  { kind: 'polynomial', learningRate: 0.1, steps: 20, power: 2 },
  { kind: 'stepDecay', learningRate: 0.1, every: 7 },
  { kind: 'warmup', steps: 4, from: 0, schedule: { kind: 'cosine', learningRate: 0.1, steps: 20 } },
])('%j: the schedule that its own spec makes has the same rates', (spec) => {
  const schedule = scheduleFromSpec(spec)
  const again = scheduleFromSpec(throughJson(schedule.spec))
  const rates = (of: typeof schedule) => Array.from({ length: 25 }, (_, step) => of(step))
  expect(rates(again)).toEqual(rates(schedule))
  expect(again.spec).toEqual(schedule.spec)
})

test('plateau and stopping rules are made from their specs', () => {
  const plateau = plateauFromSpec({ kind: 'reduceOnPlateau', factor: 0.5, patience: 0 })
  expect(plateauFromSpec(throughJson(plateau.spec)).spec).toEqual(plateau.spec)
  let state = plateau.init()
  for (const loss of [1, 1]) state = plateau.update(state, loss, 0.1)
  expect(state.scale).toBe(0.5)
  const early = stoppingFromSpec({ kind: 'earlyStopping', patience: 1 })
  expect(early.update(early.update(early.init(), 1), 2).stopped).toBe(true)
  const at = stoppingFromSpec({ kind: 'stopAt', target: 25 })
  expect(stoppingFromSpec(throughJson(at.spec)).spec).toEqual(at.spec)
})

test('stopAt stops at the target and not before, whichever way is better', () => {
  const at = stoppingFromSpec({ kind: 'stopAt', target: 25 })
  const before = at.update(at.init(), 25.1)
  expect(before.stopped).toBe(false)
  expect(at.update(before, NaN).stopped).toBe(false)
  const reached = at.update(before, 25)
  expect(reached).toMatchObject({ stopped: true, best: 25, bestCheck: 1 })
  expect(at.update(reached, 30).stopped).toBe(true)
  const up = stoppingFromSpec({ kind: 'stopAt', target: 90, mode: 'max' })
  expect(up.update(up.init(), 89).stopped).toBe(false)
  expect(up.update(up.init(), 90).stopped).toBe(true)
  expect(() => stoppingFromSpec({ kind: 'stopAt', target: NaN })).toThrow('target is a finite')
})

test('what is no kind or no option is named', () => {
  expect(() => optimizerFromSpec({ kind: 'sdg' })).toThrow(
    'unknown optimizer "sdg"; did you mean "sgd"',
  )
  expect(() => scheduleFromSpec({ kind: 'cosine', learningRate: 1, step: 3 })).toThrow('"step"')
})
