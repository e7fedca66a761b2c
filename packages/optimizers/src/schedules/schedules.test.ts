import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { constant } from './constant.js'
import { cosine } from './cosine.js'
import { exponential } from './exponential.js'
import { multiStep } from './multi-step.js'
import { oneCycle } from './one-cycle.js'
import { polynomial } from './polynomial.js'
import type { Schedule } from './schedule.js'
import { stepDecay } from './step-decay.js'
import { warmup } from './warmup.js'

const fixtures = JSON.parse(
  readFileSync(new URL('../../fixtures/schedules.json', import.meta.url), 'utf8'),
) as Record<string, number[]>

const learningRate = 0.4
const decaying = exponential({ learningRate, factor: 0.9 })
const schedules: Record<string, Schedule> = {
  stepDecay: stepDecay({ learningRate, every: 7, factor: 0.3 }),
  multiStep: multiStep({ learningRate, milestones: [4, 11, 11, 20], factor: 0.5 }),
  exponential: decaying,
  cosine: cosine({ learningRate, steps: 29, final: 0.01 }),
  polynomial: polynomial({ learningRate, steps: 20, power: 2 }),
  oneCycle: oneCycle({ learningRate, steps: 30 }),
  oneCycleLinear: oneCycle({
    learningRate,
    steps: 30,
    pctStart: 0.25,
    divFactor: 10,
    finalDivFactor: 100,
    anneal: 'linear',
  }),
  oneCycleThree: oneCycle({ learningRate, steps: 30, pctStart: 0.4, threePhase: true }),
  linear: warmup(constant(learningRate), { steps: 6, from: 0.2 }),
  warmupChained: warmup(decaying, { steps: 6, from: 0.2 }),
  warmupSequential: warmup(decaying, { steps: 6, from: 0.2, delay: true }),
}

test.each(Object.keys(fixtures))('%s has PyTorch’s rates', (name) => {
  fixtures[name]!.forEach((rate, step) => expect(schedules[name]!(step)).toBeCloseTo(rate, 12))
})

test('with stepsPerEpoch, a rate lasts an epoch', () => {
  const perEpoch = {
    stepDecay: stepDecay({ learningRate, every: 7, factor: 0.3, stepsPerEpoch: 5 }),
    multiStep: multiStep({
      learningRate,
      milestones: [4, 11, 11, 20],
      factor: 0.5,
      stepsPerEpoch: 5,
    }),
    exponential: exponential({ learningRate, factor: 0.9, stepsPerEpoch: 5 }),
  }
  for (const [name, schedule] of Object.entries(perEpoch)) {
    for (let step = 0; step < 150; step++) {
      expect(schedule(step)).toBeCloseTo(fixtures[name]![Math.floor(step / 5)]!, 12)
    }
  }
})

test('cosine and polynomial keep their last rate', () => {
  expect(cosine({ learningRate: 1, steps: 10, final: 0.1 })(25)).toBe(0.1)
  expect(polynomial({ learningRate: 1, steps: 10, final: 0.1 })(25)).toBe(0.1)
})

test('a spec says all of it in plain JSON, nested schedules too', () => {
  expect(schedules['warmupSequential']!.spec).toEqual({
    kind: 'warmup',
    steps: 6,
    from: 0.2,
    delay: true,
    schedule: { kind: 'exponential', learningRate: 0.4, factor: 0.9, stepsPerEpoch: 1 },
  })
})

test.each([
  [() => constant(-1), 'learningRate is a finite number of at least 0, found -1'],
  [() => constant(Number.NaN), 'found NaN'],
  [() => stepDecay({ learningRate, every: 0 }), 'every is an integer of at least 1, found 0'],
  [() => multiStep({ learningRate, milestones: [5, 3] }), 'milestones ascend, found 5 before 3'],
  [() => exponential({ learningRate, factor: -0.5 }), 'factor is a finite number of at least 0'],
  [() => cosine({ learningRate, steps: 2.5 }), 'steps is an integer of at least 1, found 2.5'],
  [() => polynomial({ learningRate, steps: 5, power: 0 }), 'power is a finite number over 0'],
  [() => warmup(constant(1), { steps: 5, from: 2 }), 'from is from 0 to 1, found 2'],
  [() => warmup(0.1 as never, { steps: 5 }), 'warmup takes a schedule, such as constant(0.1)'],
  [() => cosine({ learningRate, steps: 5, min: 0 } as never), 'cosine has no option "min"'],
  [() => multiStep({ learningRate } as never), 'milestones is a list of epochs, found undefined'],
])('bad options are refused: %#', (make, message) => {
  expect(make).toThrow(message)
})

test('one cycle: the ends by hand, short runs, and what is refused', () => {
  const schedule = oneCycle({ learningRate: 1, steps: 10, pctStart: 0.5 })
  expect(schedule(0)).toBeCloseTo(1 / 25, 12)
  expect(schedule(4)).toBe(1)
  expect(schedule(9)).toBeCloseTo(1 / 25 / 1e4, 12)
  expect(schedule(100)).toBe(schedule(9))
  // The rise of so few steps has no room: the rate begins at its highest.
  expect(oneCycle({ learningRate: 1, steps: 3 })(0)).toBe(1)
  expect(oneCycle({ learningRate: 1, steps: 1 })(0)).toBeCloseTo(1 / 25 / 1e4, 12)
  expect(() => oneCycle({ learningRate: 1, steps: 10, pctStart: 1 })).toThrow(
    'pctStart is over 0 and below 1, found 1',
  )
  expect(() => oneCycle({ learningRate: 1, steps: 10, pctStart: 0.6, threePhase: true })).toThrow(
    'pctStart is over 0 and at most 0.5 with threePhase, found 0.6',
  )
  expect(() => oneCycle({ learningRate: 1, steps: 10, anneal: 'cos' as never })).toThrow(
    "anneal is 'cosine' or 'linear', found cos",
  )
})
