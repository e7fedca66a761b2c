import { createRandom, type Params, type Random } from '@retable/core'
import { dropout } from '@retable/layers'
import * as tf from '@tensorflow/tfjs-core'
import type { TrainingBatch, TrainingData } from '../fit/options.js'
import type { ModelLike } from '../model-like.js'

/** A tiny net made by hand: conv 3×3, ReLU, dropout, dense. For tests. */
export const tinyNet = ({ classes = 3, size = 6, channels = 2, filters = 4, rate = 0.3 } = {}) => {
  const drop = dropout({ name: 'drop', rate })
  const flat = (size - 2) * (size - 2) * filters
  const draw = (random: Random, shape: number[], std: number) =>
    tf.tensor(random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1)), 0, std), shape)
  const init = (random: Random): Params => ({
    'conv/kernel': draw(random.stream('conv'), [3, 3, channels, filters], 0.3),
    'conv/bias': tf.zeros([filters]),
    'fc/kernel': draw(random.stream('fc'), [flat, classes], 0.1),
    'fc/bias': tf.zeros([classes]),
  })
  const model: ModelLike = {
    apply: (params, images, ctx) =>
      tf.tidy(() => {
        const conv = tf.add(
          tf.conv2d(images, params['conv/kernel'] as tf.Tensor4D, 1, 'valid'),
          params['conv/bias']!,
        )
        const kept = rate > 0 ? drop.apply({}, tf.relu(conv), ctx) : tf.relu(conv)
        const rows = tf.reshape(kept, [images.shape[0], flat])
        return tf.add<tf.Tensor2D>(tf.matMul(rows, params['fc/kernel']!), params['fc/bias']!)
      }),
  }
  return { model, init, classes, shape: [size, size, channels] as const }
}

/** Batches of noise with a class-dependent shift; any batch can be recomputed from its numbers. */
export const tinyData = ({
  classes = 3,
  size = 6,
  channels = 2,
  batchSize = 5,
  length = 4,
  seed = 1,
  signal = 0.7,
} = {}): TrainingData & { batch(epoch: number, index: number): TrainingBatch } => {
  const batch = (epoch: number, index: number): TrainingBatch => {
    const random = createRandom(seed).stream('epoch', epoch, index)
    const labels = Int32Array.from({ length: batchSize }, () => random.int(classes))
    const pixels = size * size * channels
    const images = random.fillNormal(new Float32Array(batchSize * pixels))
    for (let n = 0; n < batchSize; n++) {
      for (let i = 0; i < pixels; i++) {
        if (i % classes === labels[n]) images[n * pixels + i]! += signal
      }
    }
    const indices = Uint32Array.from({ length: batchSize }, (_, n) => index * batchSize + n)
    return { images, labels, indices, shape: [batchSize, size, size, channels], index }
  }
  return {
    length,
    batch,
    epoch: (epoch, { startBatch }) => ({
      async *[Symbol.asyncIterator]() {
        for (let index = startBatch; index < length; index++) yield batch(epoch, index)
      },
    }),
  }
}

/** The values of a tree as plain arrays. */
export const valuesOf = (params: Params): Record<string, number[]> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, [...value.dataSync()]]))
