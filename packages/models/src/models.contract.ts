import type { Params } from '@retable/core'
import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import type { Model } from './model.js'
import { modelNames, model as modelNamed } from './registry.js'

/** Nets of the registry at a tiny width, on the smallest images that it takes. */
const tinyModels = (names: readonly string[]): readonly Model[] =>
  names.map((name) => {
    if (name.startsWith('cifar-net')) {
      return modelNamed(name, { widthScale: 1 / 16, inputSize: 12, initialization: 'he' })
    }
    const options = {
      classes: 3,
      widthScale: 1 / 32,
      hiddenUnits: 8,
      initialization: 'he',
    } as const
    return name.startsWith('vgg')
      ? modelNamed(name, { ...options, inputSize: 32 })
      : modelNamed(name, { ...options, inputSize: 67 })
  })

/** Images that are the same on every machine. */
export const someImages = (model: Model, count: number): tf.Tensor4D => {
  const [height, width, channels] = model.inputShape
  const values = new Float32Array(count * height * width * channels)
  createRandom('images').fillNormal(values)
  return tf.tensor4d(values, [count, height, width, channels])
}

const meanLoss = (model: Model, params: Params, images: tf.Tensor4D): tf.Scalar =>
  tf.tidy(() => {
    const logits = model.apply(params, images, { training: false })
    const labels = tf.tensor1d([...Array(images.shape[0]).keys()], 'int32')
    const hot = tf.oneHot(labels, model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  })

const read = async (params: Params): Promise<Record<string, number[]>> => {
  const values: Record<string, number[]> = {}
  for (const [name, tensor] of Object.entries(params)) values[name] = [...(await tensor.data())]
  return values
}

/** What every model owes, on the backend that `prepare` sets. */
export const describeModels = (
  prepare: () => Promise<unknown>,
  names: readonly string[] = modelNames,
): void => {
  describe.each(tinyModels(names).map((model) => [model.name, model] as const))(
    '%s',
    (_, model) => {
      test('init gives the parameters that were counted, the same for the same seed', async () => {
        await prepare()
        const before = tf.memory().numTensors
        const params = model.init(createRandom(7))
        const again = model.init(createRandom(7))
        const other = model.init(createRandom(8))
        const size = Object.values(params).reduce((total, tensor) => total + tensor.size, 0)
        expect(size).toBe(model.parameterCount)
        const values = await read(params)
        expect(await read(again)).toEqual(values)
        const kernel = Object.keys(params)[0]!
        expect([...(await other[kernel]!.data())]).not.toEqual(values[kernel])
        for (const tree of [params, again, other]) disposeParams(tree)
        expect(tf.memory().numTensors).toBe(before)
      })

      test('logits are finite, differ between images, and leave no tensor behind', async () => {
        await prepare()
        const params = model.init(createRandom(7))
        const images = someImages(model, 2)
        const before = tf.memory().numTensors
        const logits = model.apply(params, images, { training: false })
        expect(logits.shape).toEqual([2, model.classes])
        expect(tf.memory().numTensors).toBe(before + 1)
        const values = [...(await logits.data())]
        expect(values.every(Number.isFinite)).toBe(true)
        expect(values.slice(0, model.classes)).not.toEqual(values.slice(model.classes))
        const first = tf.slice(images, [0, 0, 0, 0], [1, -1, -1, -1])
        const alone = model.apply(params, first, { training: false })
        const one = [...(await alone.data())]
        one.forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 4))
        tf.dispose([logits, images, first, alone])
        disposeParams(params)
      })

      test('every parameter has a finite gradient, and no tensor is left behind', async () => {
        await prepare()
        const params = model.init(createRandom(7))
        const images = someImages(model, 2)
        const before = tf.memory().numTensors
        const { value, grads } = valueAndGrads((p) => meanLoss(model, p, images), params)
        expect(Number.isFinite((await value.data())[0])).toBe(true)
        expect(Object.keys(grads)).toEqual(Object.keys(params))
        for (const [name, gradient] of Object.entries(await read(grads))) {
          expect(gradient.every(Number.isFinite), name).toBe(true)
        }
        value.dispose()
        disposeParams(grads)
        expect(tf.memory().numTensors).toBe(before)
        images.dispose()
        disposeParams(params)
      })

      test('training with a stream is reproducible from the stream', async () => {
        await prepare()
        const params = model.init(createRandom(7))
        const images = someImages(model, 2)
        const logits = async (step: number): Promise<number[]> => {
          const random = createRandom(7).stream('step', step)
          const output = model.apply(params, images, { training: true, random })
          const values = [...(await output.data())]
          output.dispose()
          return values
        }
        expect(await logits(1)).toEqual(await logits(1))
        if (model.specs.some((spec) => spec.kind === 'dropout')) {
          expect(await logits(2)).not.toEqual(await logits(1))
        }
        images.dispose()
        disposeParams(params)
      })

      test('images of another shape are refused in words', async () => {
        await prepare()
        const params = model.init(createRandom(7))
        const [height] = model.inputShape
        const images: tf.Tensor4D = tf.zeros([1, height + 1, height, 3])
        expect(() => model.apply(params, images, { training: false })).toThrow(
          `${model.name} takes images of shape [N, ${model.inputShape.join(', ')}], found [1, ${height + 1}, ${height}, 3]`,
        )
        images.dispose()
        disposeParams(params)
      })
    },
  )
}
