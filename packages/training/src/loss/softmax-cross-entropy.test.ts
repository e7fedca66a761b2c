import { registerGradients } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { crossEntropy, softmaxCrossEntropy } from './softmax-cross-entropy.js'

beforeAll(registerGradients)

const valueAndGrad = (logits: number[][], labels: number[], labelSmoothing?: number) => {
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
    softmaxCrossEntropy(
      x as tf.Tensor2D,
      labels,
      labelSmoothing === undefined ? {} : { labelSmoothing },
    ),
  )(tf.tensor2d(logits))
  return { loss: value.dataSync()[0]!, grad: [...grad.dataSync()] }
}

test('worked by hand: logits (0, ln 3), class 0 has p = 1/4', () => {
  const { loss, grad } = valueAndGrad([[0, Math.log(3)]], [0])
  expect(loss).toBeCloseTo(Math.log(4), 6)
  expect(grad[0]).toBeCloseTo(-0.75, 6)
  expect(grad[1]).toBeCloseTo(0.75, 6)
})

interface Case {
  logits: (number | null)[][]
  labels: number[]
  labelSmoothing: number
  loss: number
  grad: number[]
}
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/cross-entropy.json', import.meta.url), 'utf8'),
) as Case[]

test.each(cases)(
  'equals PyTorch’s value and gradient at $logits, label smoothing $labelSmoothing',
  (c) => {
    const logits = c.logits.map((row) => row.map((v) => v ?? -Infinity))
    const { loss, grad } = valueAndGrad(logits, c.labels, c.labelSmoothing)
    expect(Math.abs(loss - c.loss)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(c.loss)))
    c.grad.forEach((g, i) => expect(Math.abs(grad[i]! - g)).toBeLessThan(1e-6))
  },
)

test('the gradient is that of central differences, times the slope of what follows', () => {
  const logits = [0.3, -0.2, 0.9, 1.5, 0.1, -0.7]
  const labels = [2, 0]
  const f = (x: tf.Tensor) =>
    tf.mul<tf.Scalar>(softmaxCrossEntropy(tf.reshape(x, [2, 3]), labels), tf.scalar(3))
  const grad = tf.grad(f)(tf.tensor1d(logits)).dataSync()
  const h = 1e-2
  logits.forEach((_, i) => {
    const at = (d: number) =>
      f(tf.tensor1d(logits.map((x, j) => (j === i ? x + d : x)))).dataSync()[0]!
    expect(grad[i]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 3)
  })
})

test('leaves one tensor, and none of the gradient’s', () => {
  const x = tf.tensor2d([[1, 2]])
  const before = tf.memory().numTensors
  const loss = softmaxCrossEntropy(x, [1])
  expect(tf.memory().numTensors).toBe(before + 1)
  loss.dispose()
  tf.grad((y: tf.Tensor) => softmaxCrossEntropy(y as tf.Tensor2D, [1]))(x).dispose()
  expect(tf.memory().numTensors).toBe(before)
})

test('labels that are no class, and shapes that do not fit, are refused', () => {
  const x = tf.zeros<tf.Rank.R2>([2, 3])
  const wrong = (labels: number[]) => () => softmaxCrossEntropy(x, labels)
  expect(wrong([0, 3])).toThrow('label 1 is 3, expected an integer from 0 to 2')
  expect(wrong([-1, 0])).toThrow('label 0 is -1')
  expect(wrong([0.5, 0])).toThrow('label 0 is 0.5')
  expect(wrong([0])).toThrow('found logits [2, 3] and 1 labels')
})

test('label smoothing outside 0 to 1 is refused; as a loss of fit it takes labels on the host and as a tensor', () => {
  const x = tf.tensor2d([[1, 2, 4]])
  expect(() => softmaxCrossEntropy(x, [1], { labelSmoothing: 1.5 })).toThrow(
    'labelSmoothing is from 0 to 1, found 1.5',
  )
  const loss = crossEntropy({ labelSmoothing: 0.1 })
  const [host] = loss(x, Int32Array.of(1)).dataSync()
  const [tensor] = loss(x, tf.tensor1d([1], 'int32') as never).dataSync()
  expect(host).toBe(tensor)
  // log Σ exp(x − 4) = log(1 + e^-2 + e^-3); targets 0.0333, 0.9333, 0.0333 of −3, −2, 0
  const sum = Math.log(1 + Math.exp(-2) + Math.exp(-3))
  expect(host).toBeCloseTo(sum + 3 / 30 + (2 * 28) / 30, 6)
})
