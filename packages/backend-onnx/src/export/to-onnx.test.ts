import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import * as tf from '@tensorflow/tfjs-core'
import { createRandom, valueAndGrads, type Params, type TensorTree } from '@retable/core'
import { alexnet, vgg } from '@retable/models'
import { sgd } from '@retable/optimizers'
import { beforeEach, describe, expect, it } from 'vitest'
import { toOnnx } from '../index.js'
import { difference, noise, useOnnx } from '../testing/onnx.test-suite.js'
import { leaves } from '../tensor-tree.js'

const feedsOf = (tree: TensorTree): Record<string, OrtTensor> =>
  Object.fromEntries(
    leaves(tree, 'input').map(([name, tensor]) => [
      name,
      new OrtTensor('float32', tensor.dataSync().slice() as Float32Array, tensor.shape),
    ]),
  )

/** Runs a model in a session of its own and compares it with the function it was made from. */
const agrees = async <T extends TensorTree>(
  fn: (inputs: T) => TensorTree,
  inputs: T,
): Promise<InferenceSession> => {
  const before = tf.memory().numTensors
  const session = await InferenceSession.create(toOnnx(fn, inputs), { intraOpNumThreads: 2 })
  expect(tf.memory().numTensors).toBe(before)
  const found = await session.run(feedsOf(inputs))
  const expected = leaves(fn(inputs), 'output')
  expect(session.outputNames).toEqual(expected.map(([name]) => name))
  for (const [name, tensor] of expected) {
    expect(found[name]!.dims, name).toEqual(tensor.shape)
    expect(difference(found[name]!.data as Float32Array, tensor.dataSync()), name).toBeLessThan(
      1e-5,
    )
  }
  return session
}

describe('toOnnx', () => {
  beforeEach(() => useOnnx())

  it('writes VGG-D with its parameters inside', async () => {
    const net = vgg('D', { classes: 10, inputSize: 32, widthScale: 1 / 8 })
    const params = net.init(createRandom(1))
    const session = await agrees(
      ({ images }) => ({
        logits: net.apply(params, images as tf.Tensor4D, { training: false }),
      }),
      { images: noise('images', 2, 32, 32, 3) },
    )
    expect(session.inputNames).toEqual(['images'])
  }, 60_000)

  it('writes a training step of AlexNet', async () => {
    const net = alexnet({
      classes: 10,
      inputSize: 67,
      widthScale: 1 / 8,
      hiddenUnits: 32,
      dropout: false,
    })
    const params = net.init(createRandom(1))
    const optimizer = sgd({ momentum: 0.9 })
    const { slots } = optimizer.init(params)
    const labels = tf.oneHot(tf.tensor1d([3, 7], 'int32'), 10)
    const y = tf.cast(labels, 'float32')
    await agrees(
      (given) => {
        const { value, grads } = valueAndGrads((p) => {
          const logits = net.apply(p, given.images as tf.Tensor4D, { training: true })
          return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits)), -1))) as tf.Scalar
        }, given.params)
        const state = { step: 0, slots: given.state as Record<string, Params> }
        const next = optimizer.update(given.params, grads, state, 0.01)
        return { loss: value, next: { params: next.params, state: next.state.slots } }
      },
      { params, state: slots, images: noise('images', 2, 67, 67, 3) },
    )
  }, 60_000)

  it('writes inputs that are outputs, outputs that are the same, and inputs that are not used', async () => {
    const session = await agrees(
      ({ a, b }) => {
        const sum = tf.add(a, b)
        return { same: a, flat: tf.reshape(b, [6]), one: sum, two: sum }
      },
      { a: noise('a', 2, 3), b: noise('b', 2, 3), unused: noise('c', 4) },
    )
    expect(session.inputNames).toEqual(['a', 'b', 'unused'])
  })

  it('says so when the function reads what depends on its inputs', () => {
    expect(() => toOnnx(({ x }) => tf.mul(x, x.dataSync()[0]!), { x: tf.scalar(2) })).toThrow(
      /cannot read tensors that depend on its inputs \(here 'x'\)/,
    )
    expect(() => toOnnx(({ x }) => tf.atan2(tf.neg(x), x), { x: tf.scalar(2) })).toThrow(
      /left to the cpu backend/,
    )
    expect(tf.add(tf.scalar(1), 1).dataSync()[0]).toBe(2)
  })

  it('says so when an output has the name of an input', () => {
    expect(() => toOnnx(({ x }) => ({ x: tf.neg(x) }), { x: tf.scalar(2) })).toThrow(
      /'x' names an input and an output/,
    )
  })

  it('says so on another backend', async () => {
    await tf.setBackend('cpu')
    expect(() => toOnnx(({ x }) => tf.neg(x), { x: tf.scalar(2) })).toThrow(/current one is 'cpu'/)
  })
})
