import { createRandom } from '@retable/core'
import { createModel, type Model } from '@retable/models'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import type { ModelLike } from '../model-like.js'
import { evaluate } from './evaluate.js'
import { fuse } from './fuse.js'
import { predict, type EvaluationBatch, type PredictOptions } from './predict.js'
import { asIs, centerCrop, dense } from './protocols.js'

/** Takes the pixels of a 1×1 image of as many channels as there are classes for its scores. */
const identity: ModelLike = {
  apply: (_, images) => tf.reshape(images, [images.shape[0], images.shape[3]]),
}

const rows = (
  scores: number[][],
  labels: number[],
  { indices = labels.map((_, i) => i), views = 1 } = {},
): EvaluationBatch => ({
  images: Float32Array.from(scores.flat()),
  labels: Int32Array.from(labels),
  indices: Uint32Array.from(indices),
  shape: [scores.length, 1, 1, scores[0]!.length],
  views,
})

const stream = async function* (...batches: EvaluationBatch[]) {
  yield* batches
}

test('soft-max, loss and order, worked by hand', async () => {
  const prediction = await predict({
    model: identity,
    params: {},
    data: stream(
      rows([[0, Math.log(3)]], [1], { indices: [7] }),
      rows(
        [
          [Math.log(9), 0],
          [0, 0],
        ],
        [0, 1],
        { indices: [2, 4] },
      ),
    ),
  })
  expect([...prediction.indices]).toEqual([2, 4, 7])
  expect([...prediction.labels]).toEqual([0, 1, 1])
  const expected = [0.9, 0.1, 0.5, 0.5, 0.25, 0.75]
  expected.forEach((p, i) => expect(prediction.posteriors[i]).toBeCloseTo(p, 6))
  expect(prediction.losses[0]).toBeCloseTo(-Math.log(0.9), 6)
  // The last bit of Math.log and Math.exp is not the same in every engine.
  expect(prediction.losses).toBeInstanceOf(Float32Array)
})

test('several views an example are averaged as the protocol says', async () => {
  const scores = [
    [Math.log(3), 0],
    [0, 0],
  ]
  const data = () => stream(rows(scores, [0], { views: 2 }))
  const averaged = await predict({ model: identity, params: {}, data: data() })
  expect(averaged.posteriors[0]).toBeCloseTo((0.75 + 0.5) / 2, 6)
  expect(averaged.losses[0]).toBeCloseTo(-Math.log(0.625), 6)
  const protocol = asIs({ average: 'scores' })
  const before = await predict({ model: identity, params: {}, data: data(), protocol })
  expect(before.posteriors[0]).toBeCloseTo(Math.sqrt(3) / (Math.sqrt(3) + 1), 6)
})

test('a loss beyond what a float32 posterior holds stays finite, fused too', async () => {
  const one = await predict({ model: identity, params: {}, data: stream(rows([[2000, 0]], [1])) })
  expect(one.posteriors[1]).toBe(0)
  expect(one.losses[0]).toBe(2000)
  const other = await predict({ model: identity, params: {}, data: stream(rows([[1000, 0]], [1])) })
  expect(fuse([one, other]).losses[0]).toBe(Math.fround(1000 + Math.log(2)))
})

test('evaluation: errors in percent, confusion, accuracy by class', async () => {
  const scores = [
    [3, 2, 1, 0, 0, 0],
    [3, 2, 1, 0, 0, 0],
    [0, 0, 5, 0, 0, 1],
    [6, 5, 4, 3, 2, 1],
  ]
  const result = await evaluate({
    model: identity,
    params: {},
    data: stream(rows(scores, [0, 1, 2, 5])),
  })
  expect(result).toMatchObject({ count: 4, classes: 6, top1Wrong: 2, top5Wrong: 1 })
  expect(result.top1Error).toBe(50)
  expect(result.top5Error).toBe(25)
  expect([...result.confusion.subarray(6, 12)]).toEqual([1, 0, 0, 0, 0, 0])
  expect(result.perClassAccuracy).toEqual([100, 0, 100, null, null, 0])
})

/** A net without padding: each position of its map is the plain net on a crop. */
const valid: Model = createModel({
  name: 'valid',
  classes: 3,
  inputSize: [6, 6],
  layers: [
    {
      kind: 'conv2d',
      name: 'conv',
      filters: 4,
      kernelSize: 3,
      strides: 1,
      padding: 0,
      groups: 1,
      kernelInitializer: { kind: 'heNormal' },
      biasInitializer: { kind: 'zeros' },
    },
    { kind: 'relu', name: 'relu' },
    { kind: 'maxPool', name: 'pool', size: 2, stride: 2, padding: 'valid' },
    { kind: 'flatten', name: 'flatten' },
    {
      kind: 'dense',
      name: 'fc',
      units: 3,
      kernelInitializer: { kind: 'heNormal' },
      biasInitializer: { kind: 'constant', value: 0.1 },
    },
  ],
})

const noise = (height: number, width: number, count = 2): EvaluationBatch => ({
  images: createRandom(3).fillNormal(new Float32Array(count * height * width * 3)),
  labels: new Int32Array(count),
  indices: Uint32Array.from({ length: count }, (_, i) => i),
  shape: [count, height, width, 3],
})

test('dense evaluation of an image of the input size equals the plain net', async () => {
  const params = valid.init(createRandom(1))
  const data = () => stream(noise(6, 6))
  const plain = await predict({
    model: valid,
    params,
    data: data(),
    protocol: centerCrop({ size: 6 }),
  })
  const protocol = dense({ mirror: false })
  const map = await predict({ model: valid, params, data: data(), protocol })
  plain.posteriors.forEach((p, i) => expect(Math.abs(map.posteriors[i]! - p)).toBeLessThan(1e-5))
})

test('dense evaluation of a larger image averages the crops at the net’s stride', async () => {
  const params = valid.init(createRandom(1))
  const protocol = dense({ mirror: false, positions: 'posteriors' })
  const map = await predict({ model: valid, params, data: stream(noise(8, 10)), protocol })
  const offsets = [0, 2].flatMap((top) => [0, 2, 4].map((left) => ({ top, left })))
  const crops = await predict({
    model: valid,
    params,
    data: stream(noise(8, 10)),
    protocol: {
      ...centerCrop({ size: 6 }),
      views: () => offsets.map((at) => ({ ...at, height: 6, width: 6, mirror: false })),
    },
  })
  crops.posteriors.forEach((p, i) => expect(Math.abs(map.posteriors[i]! - p)).toBeLessThan(1e-5))
})

test('leaves no tensors, after errors neither', async () => {
  const params = valid.init(createRandom(1))
  const before = tf.memory().numTensors
  await predict({ model: valid, params, data: stream(noise(6, 6)) })
  await predict({ model: valid, params, data: stream(noise(8, 9)), protocol: dense() })
  const bad = { ...noise(6, 6), labels: Int32Array.from([0, 3]) }
  await expect(predict({ model: valid, params, data: stream(bad) })).rejects.toThrow(
    'the label of example 1 is 3, expected an integer from 0 to 2',
  )
  const failing: ModelLike = {
    apply: () => {
      throw new Error('the net fails')
    },
  }
  await expect(predict({ model: failing, params, data: stream(noise(6, 6)) })).rejects.toThrow(
    'the net fails',
  )
  expect(tf.memory().numTensors).toBe(before)
})

/** Takes the logarithms of an image's values for its scores. */
const logarithm: ModelLike = {
  apply: (params, images, ctx) => tf.log(identity.apply(params, images, ctx)),
}

test('a score of −Infinity is a posterior of 0; scores without a soft-max are refused', async () => {
  const run = (...scores: number[]) =>
    predict({ model: logarithm, params: {}, data: stream(rows([scores, scores], [0, 2])) })
  const { posteriors, losses } = await run(1, 3, 0)
  expect([...posteriors.subarray(0, 3)]).toEqual([0.25, 0.75, 0])
  expect(losses[0]).toBeCloseTo(Math.log(4), 6)
  expect(losses[1]).toBe(Infinity)
  for (const scores of [
    [1, -1, 1],
    [0, 0, 0],
  ]) {
    await expect(run(...scores)).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringContaining('scores for example 0 have no soft-max') as string,
    })
  }
})

test('bad data is refused', async () => {
  const run = (...batches: EvaluationBatch[]) =>
    predict({ model: identity, params: {}, data: stream(...batches) })
  await expect(run()).rejects.toThrow('the data to evaluate on has no examples')
  await expect(run(rows([[1, 2]], [0]), rows([[1, 2]], [0]))).rejects.toThrow(
    'gives example 0 twice',
  )
  await expect(
    run(
      rows(
        [
          [1, 2],
          [NaN, 2],
        ],
        [0, 1],
        { indices: [3, 8] },
      ),
    ),
  ).rejects.toMatchObject({
    code: 'corrupt-data',
    message: 'the image of example 8 holds NaN, expected finite numbers',
  })
  const scale = { scale: tf.tensor1d([1, Infinity]) }
  await expect(predict({ model: identity, params: scale, data: stream() })).rejects.toMatchObject({
    code: 'diverged',
    message: 'parameter "scale" holds NaN or infinity',
  })
  scale.scale.dispose()
  const overflowing: ModelLike = {
    apply: (params, images, ctx) => tf.mul(identity.apply(params, images, ctx), 1e30),
  }
  await expect(
    predict({ model: overflowing, params: {}, data: stream(rows([[1e30, 2]], [0])) }),
  ).rejects.toMatchObject({ code: 'diverged' })
  await expect(run(rows([[1, 2]], [0, 1]))).rejects.toThrow('has 2 labels')
  const options = { model: identity, params: {}, data: stream(rows([[1, 2]], [0])) }
  await expect(predict({ ...options, protocl: asIs() } as PredictOptions)).rejects.toThrow(
    'predict has no option "protocl"; did you mean protocol?',
  )
  await expect(
    predict({ model: identity, params: {}, data: stream(rows([[1]], [0])), protocol: dense() }),
  ).rejects.toThrow('dense evaluation takes a model of @retable/models')
})

test.each([asIs(), centerCrop({ size: 2 })])(
  'images of another length than their shape: $spec.kind',
  async (protocol) => {
    const run = (length: number) => {
      const data = stream({ ...noise(4, 4), images: new Float32Array(length) })
      return predict({ model: identity, params: {}, data, protocol })
    }
    for (const length of [48, 95, 97]) {
      await expect(run(length)).rejects.toMatchObject({
        code: 'invalid-shape',
        message: `a batch of images [2, 4, 4, 3] has 96 values, found ${length}`,
      })
    }
  },
)

test('a signal stops it between batches', async () => {
  const controller = new AbortController()
  const seen: number[] = []
  const run = predict({
    model: identity,
    params: {},
    data: stream(rows([[1, 2]], [0]), rows([[1, 2]], [0], { indices: [1] })),
    signal: controller.signal,
    count: 2,
    onProgress: ({ step }) => {
      seen.push(step)
      controller.abort()
    },
  })
  await expect(run).rejects.toMatchObject({ code: 'interrupted' })
  expect(seen).toEqual([1])
})
