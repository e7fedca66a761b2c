import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import type { Layer } from './index.js'
import {
  conv2d,
  dense,
  dropout,
  flatten,
  heNormal,
  localResponseNorm,
  maxPool,
  relu,
  sequential,
} from './index.js'

const ctx = { training: false }

test('by hand: relu(x·K + b), then the larger of each pair', () => {
  const net = sequential([
    conv2d({ name: 'c', filters: 1, kernelSize: 1 }),
    relu(),
    maxPool({ size: [1, 2] }),
    flatten(),
  ])
  const params = { 'c/kernel': tf.tensor4d([2], [1, 1, 1, 1]), 'c/bias': tf.tensor1d([-3]) }
  const x = tf.tensor4d([1, 4, -1, 0], [1, 2, 2, 1])
  expect(net.apply(params, x, ctx).arraySync()).toEqual([[5, 0]])
  expect(net.outputShape([2, 2, 1])).toEqual([2])
})

describe('names', () => {
  const fc = (name: string) => dense({ name, units: 2 })

  test('without a name it adds none; with one it nests, parameters and draws alike', () => {
    const flat = sequential([fc('a'), sequential([fc('b')])])
    expect(Object.keys(flat.init(createRandom(1), [2]))).toEqual([
      'a/kernel',
      'a/bias',
      'b/kernel',
      'b/bias',
    ])
    const inner = sequential([fc('a'), dropout({ name: 'd', rate: 0.5 })], { name: 'inner' })
    const outer = sequential([fc('a'), inner], { name: 'outer' })
    const params = outer.init(createRandom(1), [2])
    expect(Object.keys(params)).toEqual([
      'outer/a/kernel',
      'outer/a/bias',
      'outer/inner/a/kernel',
      'outer/inner/a/bias',
    ])
    const alone = fc('a').init(createRandom(1).stream('outer', 'inner'), [2])
    expect(params['outer/inner/a/kernel']!.dataSync()).toEqual(alone['a/kernel']!.dataSync())

    const random = createRandom(5)
    const drop = sequential([dropout({ name: 'd', rate: 0.5 })], { name: 'inner' })
    const x = tf.ones([1, 40])
    expect(drop.apply({}, x, { training: true, random }).dataSync()).toEqual(
      dropout({ name: 'd', rate: 0.5 })
        .apply({}, x, { training: true, random: random.stream('inner') })
        .dataSync(),
    )
  })

  test('the order of layers does not move their initial values', () => {
    const one = sequential([fc('a'), fc('b')]).init(createRandom(1), [2])
    const other = sequential([fc('b'), fc('a')]).init(createRandom(1), [2])
    expect(one['b/kernel']!.dataSync()).toEqual(other['b/kernel']!.dataSync())
  })

  test.each<[string, () => Layer]>([
    ['two layers', () => sequential([fc('fc'), relu(), fc('fc')])],
    ['one in a sequential without a name', () => sequential([fc('fc'), sequential([fc('fc')])])],
    ['two dropouts', () => sequential([dropout({ name: 'fc', rate: 0.1 }), fc('fc')])],
  ])('the same name twice is refused: %s', (_what, make) => {
    expect(make).toThrow('two layers have the name "fc"')
  })

  test('two dropouts without a name would drop the same units', () => {
    expect(() =>
      sequential([dropout({ rate: 0.5 }), dropout({ rate: 0.5 })], { name: 'net' }),
    ).toThrow('two layers of "net" have the name "dropout"')
  })

  test('what owns nothing may repeat its default name; named sequentials are their own name space', () => {
    expect(() =>
      sequential([relu(), relu(), maxPool({ size: 2 }), maxPool({ size: 2 })]),
    ).not.toThrow()
    expect(() =>
      sequential([
        sequential([fc('fc')], { name: 'one' }),
        sequential([fc('fc')], { name: 'two' }),
        fc('fc'),
      ]),
    ).not.toThrow()
  })
})

describe('errors', () => {
  const net = sequential([
    conv2d({ name: 'conv1', filters: 4, kernelSize: 3, padding: 'same' }),
    maxPool({ name: 'pool1', size: 2 }),
    maxPool({ name: 'pool2', size: 2 }),
    maxPool({ name: 'pool3', size: 2 }),
    flatten(),
    dense({ name: 'fc', units: 2 }),
  ])

  test('an image too small for the pools: which layer, what it was given, and what the net was given', () => {
    const message =
      'layer "pool3": an input of 1×1 (1×1 with its padding) is smaller than the window of 2×2; the image is too small for this net (in a net whose input is [6,6,3])'
    expect(() => net.outputShape([6, 6, 3])).toThrow(message)
    expect(() => net.init(createRandom(1), [6, 6, 3])).toThrow(message)
    expect(() => net.apply({}, tf.zeros([1, 6, 6, 3]), ctx)).toThrow(message)
    expect(net.outputShape([8, 8, 3])).toEqual([2])
  })

  test('another image size than the one it was made for', () => {
    const params = net.init(createRandom(1), [8, 8, 3])
    expect(() => net.apply(params, tf.zeros([1, 16, 16, 3]), ctx)).toThrow(
      'layer "fc": parameter "fc/kernel" has shape [4,2], expected [16,2]',
    )
  })
})

test('a small net learns one batch by heart', () => {
  const net = sequential([
    conv2d({ name: 'c1', filters: 8, kernelSize: 3, kernelInitializer: heNormal() }),
    relu(),
    localResponseNorm(),
    maxPool({ size: 3, stride: 2 }),
    conv2d({ name: 'c2', filters: 8, kernelSize: 3, padding: 1, groups: 2 }),
    relu(),
    flatten(),
    dropout({ name: 'drop', rate: 0.2 }),
    dense({ name: 'fc', units: 4 }),
  ])
  const random = createRandom(2)
  const images = tf.tensor4d(
    random.stream('x').fillNormal(new Float32Array(8 * 9 * 9)),
    [8, 9, 9, 1],
  )
  const labels = [0, 1, 2, 3, 0, 1, 2, 3]
  const targets = tf.oneHot(tf.tensor1d(labels, 'int32'), 4)
  let params = net.init(random, [9, 9, 1])
  const lossOf = (logits: tf.Tensor) =>
    tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.logSoftmax(logits), targets), 1)))
  const losses: number[] = []
  for (let step = 0; step < 80; step++) {
    const { value, grads } = valueAndGrads(
      (p) => lossOf(net.apply(p, images, { training: true, random: random.stream('step', step) })),
      params,
    )
    losses.push(value.dataSync()[0]!)
    const next = Object.fromEntries(
      Object.entries(params).map(([name, p]) => [
        name,
        tf.tidy(() => tf.sub(p, tf.mul(grads[name]!, 0.2))),
      ]),
    )
    for (const tree of [params, grads]) disposeParams(tree)
    params = next
  }
  expect(losses[0]).toBeGreaterThan(1)
  const logits = net.apply(params, images, ctx)
  expect([...tf.argMax(logits, 1).dataSync()]).toEqual(labels)
  expect(lossOf(logits).dataSync()[0]).toBeLessThan(0.1)
})
