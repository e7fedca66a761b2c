import { disposeParams, valueAndGrads, type Params } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { adam, adamw } from './adam.js'
import { withClipping } from './clip.js'
import type { Optimizer } from './optimizer.js'
import { sgd } from './sgd.js'

interface TorchOptions {
  weight_decay?: number
  momentum?: number
  dampening?: number
  nesterov?: boolean
  betas?: [number, number]
  eps?: number
  amsgrad?: boolean
}

interface Case {
  rule: 'sgd' | 'adam' | 'adamw'
  options: TorchOptions
  grouped: boolean
  clip: 'norm' | 'value' | null
  rates: number[]
  lossScales: number[]
  x: number[]
  y: number[]
  start: Record<string, number[]>
  path: Record<string, number[]>[]
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/trajectories.json', import.meta.url), 'utf8'),
) as Case[]

const shapes: Record<string, number[]> = {
  'hidden/kernel': [3, 4],
  'hidden/bias': [4],
  'out/kernel': [4, 2],
}

const build = ({ rule, options, grouped, clip }: Case): Optimizer => {
  const { weight_decay, betas, eps, momentum, dampening, nesterov, amsgrad } = options
  const given = {
    ...(weight_decay !== undefined && { weightDecay: weight_decay }),
    ...(betas && { beta1: betas[0], beta2: betas[1] }),
    ...(eps !== undefined && { epsilon: eps }),
    ...(momentum !== undefined && { momentum }),
    ...(dampening !== undefined && { dampening }),
    ...(nesterov !== undefined && { nesterov }),
    ...(amsgrad !== undefined && { amsgrad }),
    ...(grouped && { groups: [{ names: ['*bias'], weightDecay: 0, learningRateFactor: 2 }] }),
  }
  const optimizer = { sgd, adam, adamw }[rule](given)
  if (clip === 'norm') return withClipping(optimizer, { globalNorm: 0.5 })
  if (clip === 'value') return withClipping(optimizer, { value: 0.1 })
  return optimizer
}

const title = ({ rule, options, grouped, clip }: Case) =>
  `${rule} ${JSON.stringify(options)}${grouped ? ', biases in a group' : ''}${clip ? `, clipped by ${clip}` : ''}`

test.each(cases.map((c) => [title(c), c] as const))(
  '20 steps equal PyTorch’s to 1e-6: %s',
  (_, c) => {
    const optimizer = build(c)
    const x = tf.tensor2d(c.x, [5, 3])
    const y = tf.tensor2d(c.y, [5, 2])
    let params: Params = Object.fromEntries(
      Object.entries(c.start).map(([name, values]) => [name, tf.tensor(values, shapes[name])]),
    )
    let state = optimizer.init(params)
    let worst = 0
    const tensors = tf.memory().numTensors
    c.rates.forEach((rate, step) => {
      const { value, grads } = valueAndGrads((p) => {
        const hidden = tf.tanh(tf.add(tf.matMul(x, p['hidden/kernel']!), p['hidden/bias']!))
        const error = tf.sub(tf.matMul(hidden, p['out/kernel']!), y)
        return tf.mul(tf.mean(tf.square(error)), tf.scalar(c.lossScales[step]!))
      }, params)
      const next = optimizer.update(params, grads, state, rate)
      value.dispose()
      ;[params, grads, ...Object.values(state.slots)].forEach(disposeParams)
      params = next.params
      state = next.state
      for (const [name, values] of Object.entries(c.path[step]!)) {
        const found = params[name]!.dataSync()
        values.forEach((v, i) => (worst = Math.max(worst, Math.abs(found[i]! - v))))
      }
    })
    expect(tf.memory().numTensors).toBe(tensors)
    expect(worst).toBeLessThan(1e-6)
  },
)

test('the fixtures hold what they are to tell apart: no two rules end in the same place', () => {
  const ends = cases.map((c) => JSON.stringify(c.path.at(-1)))
  expect(new Set(ends).size).toBe(cases.length)
})
