import { createRandom } from '@retable/core'
import { adam, stepDecay } from '@retable/optimizers'
import '@tensorflow/tfjs-backend-webgl'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { evaluate } from '../evaluation/evaluate.js'
import { tenCrop } from '../evaluation/protocols.js'
import { describeCrossEntropy } from '../loss/cross-entropy.contract.js'
import { tinyData, tinyNet, valuesOf } from '../testing/tiny.js'
import { fit } from './fit.js'
import type { FitOptions } from './options.js'
import { cloneState, disposeState, type TrainingState } from './training-state.js'

beforeAll(() => tf.setBackend('webgl'))

describeCrossEntropy(() => tf.setBackend('webgl'))

const net = tinyNet()
const random = createRandom(5)
const validation = { data: tinyData({ seed: 9, length: 2 }).epoch(0, { startBatch: 0 }) }
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  model: net.model,
  ...(more.startFrom === undefined && { params: net.init(random) }),
  disposeStart: true,
  data: tinyData(),
  optimizer: adam(),
  schedule: stepDecay({ learningRate: 0.02, every: 7, factor: 0.5 }),
  epochs: 4,
  validation,
  random,
  trainErrors: true,
  ...more,
})

test('in a browser: learns, leaves nothing behind, and resumes bit for bit', async () => {
  const before = tf.memory().numTensors
  const saved: TrainingState[] = []
  const save = (state: TrainingState) => void saved.push(cloneState(state))
  const whole = await fit(options({ checkpoint: { everySteps: 6, save } }))
  expect(whole.curve.at(-1)!['trainLoss']).toBeLessThan(0.7 * whole.curve[0]!['trainLoss']!)
  expect(saved.map(({ step }) => step)).toEqual([6, 12])
  for (const startFrom of saved) {
    const resumed = await fit(options({ startFrom }))
    expect(resumed.curve).toEqual(whole.curve)
    expect(valuesOf(resumed.params)).toEqual(valuesOf(whole.params))
    disposeState(resumed.state)
  }
  disposeState(whole.state)
  expect(tf.memory().numTensors).toBe(before)
})

test('in a browser: evaluates under a protocol', async () => {
  const params = net.init(random)
  const data = tinyData({ size: 9, length: 2 }).epoch(0, { startBatch: 0 })
  const { count, loss } = await evaluate({
    model: net.model,
    params,
    data,
    protocol: tenCrop({ size: 6 }),
  })
  expect(count).toBe(10)
  expect(loss).toBeGreaterThan(0.5)
})

test('in a browser: refuses to train in 16-bit numbers', async () => {
  tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false)
  try {
    await expect(fit(options())).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('computes in 16-bit numbers') as string,
    })
  } finally {
    tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true)
  }
})
