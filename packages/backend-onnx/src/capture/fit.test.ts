import * as tf from '@tensorflow/tfjs-core'
import { createRandom, disposeParams, type Params } from '@retable/core'
import { dropout } from '@retable/layers'
import { adam, cosine, sgd, withClipping, type Optimizer } from '@retable/optimizers'
import { fit, softmaxCrossEntropy, type FitOptions, type TrainingState } from '@retable/training'
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'
import type { OnnxBackend } from '../backend.js'
import { useOnnx } from '../testing/onnx.test-suite.js'

const drop = dropout({ name: 'drop', rate: 0.3 })
type Apply = FitOptions['model']['apply']

/** Convolution, ReLU, dropout, dense. */
const apply: Apply = (params, images, ctx) =>
  tf.tidy(() => {
    const conv = tf.add(
      tf.conv2d(images, params['kernel'] as tf.Tensor4D, 1, 'same'),
      params['bias']!,
    )
    const kept = drop.apply({}, tf.relu(conv), ctx)
    return tf.matMul(tf.reshape(kept, [images.shape[0], -1]), params['fc'] as tf.Tensor2D)
  })

const init = (): Params => {
  const draw = (name: string, ...shape: number[]) =>
    tf.mul(
      tf.tensor(
        createRandom(5)
          .stream(name)
          .fillNormal(new Float32Array(tf.util.sizeFromShape(shape))),
        shape,
      ),
      0.1,
    )
  return { kernel: draw('kernel', 3, 3, 3, 8), bias: tf.zeros([8]), fc: draw('fc', 8 * 36, 4) }
}

/** Six batches per epoch, the last of them smaller, as a loader without `dropLast` makes them. */
const data = (epoch: number, { startBatch }: { readonly startBatch: number }) => ({
  async *[Symbol.asyncIterator]() {
    for (let index = startBatch; index < 6; index++) {
      const random = createRandom(2).stream('batch', epoch, index)
      const count = index === 5 ? 3 : 7
      const images = random.fillNormal(new Float32Array(count * 6 * 6 * 3))
      const labels = Int32Array.from({ length: count }, () => random.int(4))
      const indices = Uint32Array.from({ length: count }, (_, i) => index * 7 + i)
      const shape = [count, 6, 6, 3] as const
      yield await Promise.resolve({ images, labels, indices, shape, index })
    }
  },
})

const trained = async (options: Partial<FitOptions> = {}) => {
  const optimizer = withClipping(adam({ weightDecay: 1e-3 }), { globalNorm: 0.7 })
  const { params, startFrom, ...rest } = options
  const result = await fit({
    model: { apply },
    data,
    stepsPerEpoch: 6,
    epochs: 4,
    optimizer,
    schedule: cosine({ learningRate: 0.01, steps: 24 }),
    trainErrors: true,
    random: createRandom(3),
    ...rest,
    ...(startFrom ? { startFrom } : { params: params ?? init() }),
  })
  const values = Object.fromEntries(
    Object.entries(result.params).map(([name, w]) => [name, [...w.dataSync()]]),
  )
  return { values, curve: result.curve, state: result.state }
}

describe('fit with captured steps', () => {
  let onnx: OnnxBackend
  let replay: MockInstance<OnnxBackend['replay']>
  beforeEach(async () => {
    onnx = await useOnnx()
    replay = vi.spyOn(onnx, 'replay')
  })

  /** The same training without replays. */
  const uncaptured = async (options: Partial<FitOptions> = {}) => {
    const { capture } = onnx as unknown as { capture: unknown }
    Object.assign(onnx, { capture: undefined })
    try {
      return await trained(options)
    } finally {
      Object.assign(onnx, { capture })
    }
  }

  it.each([
    ['adam, clipped', {}],
    [
      'sgd with momentum',
      { optimizer: sgd({ momentum: 0.9, weightDecay: 1e-3, form: 'krizhevsky' }) },
    ],
    ['sgd with dampening', { optimizer: sgd({ momentum: 0.9, dampening: 0.5 }) }],
    [
      'groups',
      { optimizer: adam({ groups: [{ names: ['bias'], learningRateFactor: 2, weightDecay: 0 }] }) },
    ],
  ] satisfies [string, Partial<FitOptions>][])(
    'replays all steps but the first three of each batch size, bit for bit: %s',
    async (_name, options) => {
      const found = await trained(options)
      expect(replay).toHaveBeenCalledTimes(20 - 3 + 4 - 3)
      const expected = await uncaptured(options)
      expect(replay).toHaveBeenCalledTimes(18)
      expect(found.values).toEqual(expected.values)
      expect(found.curve).toEqual(expected.curve)
    },
  )

  it('makes no more sessions than without replays', async () => {
    const { sessions } = onnx.runtime
    await trained()
    const captured = sessions.created
    sessions.clear()
    await uncaptured()
    // One graph for each batch size and for each check; without replays, progress that is read in mid-step may add one.
    expect(captured).toBeLessThanOrEqual(sessions.created - captured)
  })

  it('resumes from any state bit for bit', async () => {
    const whole = await trained()
    let saved: TrainingState | undefined
    const save = (state: TrainingState): void => {
      if (state.step !== 10) return
      const copy = (tree: Params): Params =>
        Object.fromEntries(Object.entries(tree).map(([name, w]) => [name, tf.clone(w)]))
      const slots = Object.entries(state.optimizer.slots).map(([name, tree]) => [name, copy(tree)])
      saved = {
        ...state,
        params: copy(state.params),
        optimizer: {
          ...state.optimizer,
          slots: Object.fromEntries(slots) as Record<string, Params>,
        },
      }
    }
    await trained({ checkpoint: { everySteps: 5, save } })
    const resumed = await trained({ startFrom: saved! })
    expect(resumed.values).toEqual(whole.values)
    expect(resumed.curve).toEqual(whole.curve)
  })

  it('leaves no tensors, nor memory that is held', async () => {
    const params = init()
    const run = async (): Promise<void> => {
      const { state } = await trained({ params })
      for (const tree of [state.params, ...Object.values(state.optimizer.slots)])
        disposeParams(tree)
    }
    await run()
    const before = [tf.memory().numTensors, onnx.memory().bytesInPool]
    await run()
    expect([tf.memory().numTensors, onnx.memory().bytesInPool]).toEqual(before)
  })

  const ownLoss: FitOptions['loss'] = (logits, labels) => softmaxCrossEntropy(logits, labels)
  const drawing: Apply = (params, images, ctx) => {
    const noise = ctx.random!.stream('noise').fillUniform(new Float32Array(images.size))
    return tf.tidy(() => apply(params, tf.add(images, tf.tensor4d(noise, images.shape)), ctx))
  }
  const ownRule: Optimizer = {
    ...sgd(),
    update: (params, grads, state, rate) => sgd().update(params, grads, state, rate),
  }
  const branching: Apply = (params, images, ctx) =>
    apply(params, tf.sum(images).dataSync()[0]! > 0 ? images : tf.neg(images), ctx)
  it.each([
    ["a loss of the caller's own", { loss: ownLoss }],
    ['a layer that draws by itself', { model: { apply: drawing } }],
    ['an optimizer that names no numbers', { optimizer: ownRule }],
    ['a net that looks at numbers', { model: { apply: branching } }],
  ] satisfies [string, Partial<FitOptions>][])('calls a step with %s', async (_name, options) => {
    const found = await trained(options)
    expect(replay).not.toHaveBeenCalled()
    expect(found.values).toEqual((await uncaptured(options)).values)
  })

  it('refuses labels and rates as it does without', async () => {
    const wrong: FitOptions['data'] = (epoch, at) => ({
      async *[Symbol.asyncIterator]() {
        for await (const batch of data(epoch, at)) {
          yield epoch === 2 ? { ...batch, labels: batch.labels.map(() => 4) } : batch
        }
      },
    })
    await expect(trained({ data: wrong })).rejects.toThrow(
      'the label of example 0 (batch 0) is 4, expected an integer from 0 to 3',
    )
    await expect(trained({ schedule: (step) => (step < 9 ? 0.01 : -1) })).rejects.toThrow(
      'the learning rate is a finite number of at least 0, found -1',
    )
  })
})
