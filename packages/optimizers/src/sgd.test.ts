import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { adam } from './adam.js'
import type { Optimizer } from './optimizer.js'
import { sgd } from './sgd.js'

/** The parameter's path under f = w²/2·scale, at the given rates. */
const path = (optimizer: Optimizer, rates: number[]): number[] => {
  let params: Record<string, tf.Tensor> = { w: tf.scalar(3) }
  let state = optimizer.init(params)
  return rates.map((rate) => {
    ;({ params, state } = optimizer.update(params, { w: params['w']! }, state, rate))
    return params['w']!.dataSync()[0]!
  })
}

test('the two forms are one path while the rate stays, and part when it falls', () => {
  const options = { momentum: 0.9, weightDecay: 0.05 }
  const krizhevsky = sgd({ ...options, form: 'krizhevsky' })
  const pytorch = sgd(options)
  const same = Array<number>(12).fill(0.1)
  path(krizhevsky, same).forEach((w, i) => expect(w).toBeCloseTo(path(pytorch, same)[i]!, 6))
  const falling = [0.1, 0.1, 0.01]
  // By hand: v = −0.315, −0.565425 and then 0.9·(−0.565425) − 0.01·1.05·2.119575 = −0.531138.
  const w3 = path(krizhevsky, falling)[2]
  expect(w3).toBeCloseTo(1.588437, 6)
  expect(Math.abs(w3! - path(pytorch, falling)[2]!)).toBeGreaterThan(0.3)
})

test.each([
  [{ momentum: 1 }, 'momentum is at least 0 and below 1, found 1'],
  [{ momentum: -0.1 }, 'momentum is at least 0 and below 1, found -0.1'],
  [{ momentum: Number.NaN }, 'momentum is at least 0 and below 1, found NaN'],
  [{ weightDecay: -1 }, 'weightDecay is a finite number of at least 0, found -1'],
  [{ nesterov: true }, 'nesterov needs momentum over 0 and dampening 0, found momentum 0'],
  [{ nesterov: true, momentum: 0.9, dampening: 0.1 }, 'dampening 0.1'],
  [
    { form: 'krizhevsky', nesterov: true, momentum: 0.9 } as const,
    "form 'krizhevsky' has no nesterov",
  ],
  [{ form: 'caffe' as 'pytorch' }, "form is 'krizhevsky' or 'pytorch', found 'caffe'"],
  [{ groups: [{ names: [] }] }, "groups[0].names is a list of parameters' names, found []"],
  [{ groups: [{ names: ['*'], weightDecay: -1 }] }, 'groups[0].weightDecay is a finite number'],
])('bad options are refused: %j', (options, message) => {
  expect(() => sgd(options)).toThrow(message)
})

test('adam refuses bad options', () => {
  expect(() => adam({ betas: [0.9, 0.99] } as object)).toThrow('adam has no option "betas"')
  expect(() => adam({ beta1: 1 })).toThrow('beta1 is at least 0 and below 1, found 1')
  expect(() => adam({ beta2: Number.NaN })).toThrow('beta2 is at least 0 and below 1, found NaN')
  expect(() => adam({ epsilon: -1 })).toThrow('epsilon is a finite number of at least 0, found -1')
})

test('a group with rate factor 0 stays as it is; the first group that fits counts', () => {
  const optimizer = sgd({
    groups: [
      { names: ['conv1/*'], learningRateFactor: 0 },
      { names: ['*kernel'], learningRateFactor: 0.5 },
    ],
  })
  const params = {
    'conv1/kernel': tf.scalar(1),
    'conv10/kernel': tf.scalar(1),
    'conv10/bias': tf.scalar(1),
  }
  const next = optimizer.update(params, params, optimizer.init(params), 1).params
  expect(Object.values(next).map((value) => value.dataSync()[0])).toEqual([1, 0.5, 0])
})

test('a group that fits nothing is an error that names the parameters', () => {
  const optimizer = sgd({ groups: [{ names: ['conv2/*'] }] })
  expect(() => optimizer.init({ 'conv1/kernel': tf.scalar(1) })).toThrow(
    'the parameter group "conv2/*" fits none of the parameters: conv1/kernel',
  )
})
