import * as tf from '@tensorflow/tfjs-core'
import { createRandom, disposeParams, mapParams, valueAndGrads, type Params } from '@retable/core'
import { alexnet } from '@retable/models'
import { adam, withClipping } from '@retable/optimizers'
import { beforeEach, describe, expect, it } from 'vitest'
import { capture } from '../index.js'
import { noise, useOnnx } from '../testing/onnx.test-suite.js'

type Inputs = { w: tf.Tensor; x: tf.Tensor; rate: tf.Tensor }

/** One step of a small regression. */
const descend = ({ w, x, rate }: Inputs): { loss: tf.Tensor; w: tf.Tensor } => {
  const { value, grads } = valueAndGrads(
    (p) => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, p['w'] as tf.Tensor2D), 1))),
    { w },
  )
  return { loss: value, w: tf.sub(w, tf.mul(grads['w'], rate)) }
}

/** The losses and last parameters of some steps, each with images and a rate of its own. */
const run = (step: (inputs: Inputs) => { loss: tf.Tensor; w: tf.Tensor }, steps: number) => {
  let w = noise('w', 8, 3)
  const losses: number[] = []
  for (let n = 0; n < steps; n++) {
    const [x, rate] = [noise(`x${n}`, 5, 8), tf.scalar(0.1 / (n + 1))]
    const next = step({ w, x, rate })
    tf.dispose([w, x, rate])
    w = next.w
    losses.push(next.loss.dataSync()[0]!)
    next.loss.dispose()
  }
  const last = [...w.dataSync()]
  w.dispose()
  return { losses, last }
}

describe('capture', () => {
  beforeEach(() => useOnnx())

  it('replays a step from the third call on, bit for bit, and leaves no tensors', () => {
    const plain = run((inputs) => tf.tidy(() => descend(inputs)), 8)
    const before = tf.memory().numTensors
    let calls = 0
    const step = capture((inputs: Inputs) => {
      calls++
      return descend(inputs)
    })
    expect(run(step, 8)).toEqual(plain)
    expect([calls, step.replays, step.obstacle]).toEqual([2, 6, null])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('records once for each set of shapes', () => {
    const step = capture(({ x }: { x: tf.Tensor }) => tf.sum(tf.square(x)))
    for (const size of [3, 5, 3, 5, 3, 5]) {
      const x = noise('x', size)
      const expected = [...x.dataSync()].reduce((sum, v) => sum + v * v, 0)
      expect(step({ x }).dataSync()[0]).toBeCloseTo(expected, 6)
    }
    expect(step.replays).toBe(2)
  })

  it.each([1, 2])(
    'gives 50 training steps of AlexNet, clipped, with masks and weight decay, the same bits; threads: %i',
    async (threads) => {
      await useOnnx({ threads })
      const net = alexnet({
        classes: 10,
        inputSize: 67,
        widthScale: 1 / 16,
        hiddenUnits: 16,
        dropout: false,
      })
      const optimizer = withClipping(adam({ weightDecay: 1e-3 }), { globalNorm: 0.5 })
      const labels = tf.cast(tf.oneHot(tf.tensor1d([3, 7], 'int32'), 10), 'float32')
      type Step = { params: Params; m: Params; v: Params; images: tf.Tensor; mask: tf.Tensor }
      const train = ({ params, m, v, images, mask }: Step) => {
        const { value, grads } = valueAndGrads((p) => {
          const x = tf.mul<tf.Tensor4D>(images, mask)
          const logits = net.apply(p, x, { training: true })
          return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1)))
        }, params)
        const next = optimizer.update(params, grads, { step: 3, slots: { m, v } }, 1e-3)
        return {
          loss: value,
          params: next.params,
          ...(next.state.slots as { m: Params; v: Params }),
        }
      }
      const trained = (step: (inputs: Step) => ReturnType<typeof train>) => {
        let params = net.init(createRandom(1))
        let { m, v } = optimizer.init(params).slots as { m: Params; v: Params }
        for (let n = 0; n < 50; n++) {
          const [images, mask] = [noise(`i${n}`, 2, 67, 67, 3), noise(`m${n}`, 2, 67, 67, 1)]
          const next = step({ params, m, v, images, mask })
          for (const tree of [params, m, v]) disposeParams(tree)
          tf.dispose([images, mask])
          ;({ params, m, v } = next)
          next.loss.dataSync()
          next.loss.dispose()
        }
        return Object.entries(params).map(([name, w]) => [name, w.dataSync().slice()] as const)
      }
      const plain = trained((inputs) => tf.tidy(() => train(inputs)))
      const step = capture(train)
      const replayed = trained(step)
      expect([step.replays, step.obstacle]).toEqual([48, null])
      for (const [i, [name, values]] of replayed.entries()) {
        expect(
          Buffer.compare(Buffer.from(values.buffer), Buffer.from(plain[i]![1].buffer)),
          name,
        ).toBe(0)
      }
    },
    60_000,
  )

  it('gives results that are inputs, and the same one twice, tensors of their own', () => {
    const step = capture(({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => {
      const sum = tf.add(a, b)
      return { sum, again: tf.reshape(sum, [1, 2]), a, frozen: three }
    })
    const three = tf.scalar(3)
    for (let n = 0; n < 4; n++) {
      const [a, b] = [tf.tensor1d([n, 1]), tf.tensor1d([1, 2])]
      const found = step({ a, b })
      tf.dispose([a, b])
      expect([...found.sum.dataSync()]).toEqual([n + 1, 3])
      expect(found.again.shape).toEqual([1, 2])
      expect([...found.again.dataSync()]).toEqual([n + 1, 3])
      expect([...found.a.dataSync()]).toEqual([n, 1])
      expect(found.frozen.dataSync()[0]).toBe(3)
      if (n > 1) found.frozen.dispose()
      tf.dispose([found.sum, found.again, found.a])
    }
    expect(step.replays).toBe(2)
  })

  it.each([
    [
      'reads what it computed, on which its control flow depends',
      (x: tf.Tensor) => (tf.sum(x).dataSync()[0]! > 0 ? tf.neg(x) : tf.square(x)),
      'it reads a tensor',
    ],
    ['reads its input', (x: tf.Tensor) => tf.mul(x, x.dataSync()[0]!), 'it reads a tensor'],
    [
      'draws numbers',
      (x: tf.Tensor) => tf.mul(x, tf.randomUniform([2])),
      'it makes a tensor from an array of several numbers',
    ],
    [
      'uses a kernel of the cpu backend',
      (x: tf.Tensor) => tf.atan2(x, x),
      'left to the cpu backend',
    ],
  ])('calls a function that %s', (_what, f, obstacle) => {
    const step = capture(({ x }: { x: tf.Tensor }) => f(x))
    for (const values of [
      [1, 2],
      [-3, 1],
      [5, 5],
      [-1, -1],
    ]) {
      // prettier-ignore
      const x = tf.tensor1d(values)
      const found = step({ x })
      expect(step.replays).toBe(0)
      expect(step.obstacle).toContain(obstacle)
      if (!obstacle.includes('array')) expect([...found.dataSync()]).toEqual([...f(x).dataSync()])
    }
  })

  it('calls a function that counts its calls', () => {
    let n = 0
    const step = capture(({ x }: { x: tf.Tensor }) => tf.mul(x, ++n))
    const found = [1, 2, 3, 4].map(() => step({ x: tf.scalar(1) }).dataSync()[0])
    expect(found).toEqual([1, 2, 3, 4])
    expect(step.obstacle).toContain('different constants')
  })

  it('is differentiated as the function is', () => {
    const step = capture(({ x }: { x: tf.Tensor }) => tf.sum(tf.square(x)))
    for (let n = 0; n < 3; n++) step({ x: tf.tensor1d([1, 2]) })
    const slope = tf.grad((x) => step({ x }))(tf.tensor1d([1, 2]))
    expect([...slope.dataSync()]).toEqual([2, 4])
  })

  it('calls the function on another backend, and on a new one of its own', async () => {
    const step = capture(({ x }: { x: tf.Tensor }) => tf.square(x))
    for (let n = 0; n < 3; n++) step({ x: tf.scalar(2) })
    await tf.setBackend('cpu')
    expect(step({ x: tf.scalar(3) }).dataSync()[0]).toBe(9)
    expect(step.obstacle).toContain("'cpu'")
    await useOnnx()
    for (const n of [1, 2, 3, 4]) expect(step({ x: tf.scalar(n) }).dataSync()[0]).toBe(n * n)
    expect(step.replays).toBe(3)
  })

  it('can be captured inside another', () => {
    const inner = capture(({ x }: { x: tf.Tensor }) => tf.add(tf.square(x), 1))
    for (let n = 0; n < 3; n++) inner({ x: tf.scalar(n) })
    const outer = capture(({ x }: { x: tf.Tensor }) => tf.mul(inner({ x }), 2))
    for (const n of [1, 2, 3, 4])
      expect(outer({ x: tf.scalar(n) }).dataSync()[0]).toBe(2 * (n * n + 1))
    expect(outer.replays).toBe(2)
  })

  it('gives the memory of its constants back when it is disposed of', () => {
    const step = capture(({ w }: { w: Params }) =>
      mapParams(w, (t) => tf.add(t, tf.ones([64, 64]))),
    )
    const w = { a: tf.zeros([64, 64]) }
    for (let n = 0; n < 3; n++) expect(step({ w })['a']!.dataSync()[5]).toBe(1)
    const pool = (): number => (tf.memory() as unknown as { bytesInPool: number }).bytesInPool
    const before = pool()
    step.dispose()
    expect(pool() - before).toBe(64 * 64 * 4)
    expect(step({ w })['a']!.dataSync()[5]).toBe(1)
  })
})
