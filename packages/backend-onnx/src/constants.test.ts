import * as tf from '@tensorflow/tfjs-core'
import { createRandom, disposeParams, holdConstants, type Params } from '@retable/core'
import { vgg } from '@retable/models'
import { beforeEach, describe, expect, it } from 'vitest'
import { noise, useOnnx } from './testing/onnx.test-suite.js'
import type { OnnxBackend } from './backend.js'

const sessions = (): number => (tf.backend() as OnnxBackend).runtime.sessions.size

describe('holdConstants', () => {
  beforeEach(() => useOnnx())

  it('gives the numbers of a net whose parameters are fed, and lets go of its graphs', () => {
    const model = vgg('A', { classes: 10, inputSize: 28, widthScale: 1 / 8, pools: [1, 3, 5] })
    const params = model.init(createRandom(1))
    const images = noise('images', 4, 28, 28, 3) as tf.Tensor4D
    const logits = (): number[] =>
      tf.tidy(() => [...model.apply(params, images, { training: false }).dataSync()])
    const fed = logits()
    const [before, tensors] = [sessions(), tf.memory().numTensors]
    const release = holdConstants(params)
    const held = logits()
    const scale = Math.max(...fed.map(Math.abs))
    held.forEach((value, i) => expect(Math.abs(value - fed[i]!) / scale).toBeLessThan(1e-5))
    expect(logits()).toEqual(held)
    expect(sessions()).toBe(before + 1)
    release()
    expect(sessions()).toBe(before)
    expect(tf.memory().numTensors).toBe(tensors)
    expect(logits()).toEqual(fed)
    disposeParams(params)
    images.dispose()
  })

  it('tells apart graphs of one form with other constants', () => {
    const x = noise('x', 5, 8) as tf.Tensor2D
    const times = (w: tf.Tensor): number[] =>
      tf.tidy(() => [...tf.matMul(x, w as tf.Tensor2D).dataSync()])
    const [a, b] = [noise('a', 8, 3), noise('b', 8, 3)]
    const expected = [times(a), times(b)]
    const release = [holdConstants({ a }), holdConstants({ b })]
    const found = [times(a), times(b)]
    found.forEach((values, i) =>
      values.forEach((value, k) => expect(value).toBeCloseTo(expected[i]![k]!, 5)),
    )
    release[0]!()
    expect(times(b)).toEqual(found[1])
    release[1]!()
    tf.dispose([x, a, b])
  })

  it('keeps a tensor that is disposed of too early until it is released', () => {
    const [x, w] = [noise('x', 5, 8) as tf.Tensor2D, noise('w', 8, 3) as tf.Tensor2D]
    const release = holdConstants({ w })
    const y = tf.matMul(x, w)
    w.dispose()
    release()
    expect([...y.dataSync()].every(Number.isFinite)).toBe(true)
    tf.dispose([x, y])
  })

  it('feeds tensors of more than 16 MiB as usual', () => {
    const params: Params = { w: tf.zeros([2100, 2000]) }
    const x = tf.ones<tf.Rank.R2>([1, 2100])
    const times = (): void =>
      tf.tidy(() => void tf.matMul(x, params['w'] as tf.Tensor2D).dataSync())
    times()
    const before = sessions()
    const release = holdConstants(params)
    times()
    expect(sessions()).toBe(before)
    release()
    disposeParams(params)
    x.dispose()
  })
})
