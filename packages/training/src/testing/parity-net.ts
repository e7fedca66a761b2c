import type { Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import type { ModelLike } from '../model-like.js'

/** conv 3×3 without padding, ReLU, max-pool 2×2: the features of the fixtures' net. */
const features = (params: Params, images: tf.Tensor4D): tf.Tensor4D => {
  const conv = tf.conv2d(images, params['conv/kernel'] as tf.Tensor4D, 1, 'valid')
  return tf.maxPool(tf.relu(tf.add<tf.Tensor4D>(conv, params['conv/bias']!)), 2, 2, 'valid')
}

/** The net of tools/fixtures/training.py. */
export const parityNet: ModelLike = {
  apply: (params, images) =>
    tf.tidy(() => {
      const rows = tf.reshape(features(params, images), [images.shape[0], -1])
      return tf.add<tf.Tensor2D>(tf.matMul(rows, params['fc/kernel']!), params['fc/bias']!)
    }),
}

/** The same net over a whole image, its fully connected layer as a convolution. */
export const parityScoreMap = (params: Params, images: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => {
    const kernel = tf.reshape<tf.Rank.R4>(params['fc/kernel']!, [3, 3, 4, 3])
    const map = tf.conv2d(features(params, images), kernel, 1, 'valid')
    return tf.add<tf.Tensor4D>(map, params['fc/bias']!)
  })

/** The fixtures' parameters as tensors, for images of `size` pixels. */
export const parityParams = (values: Record<string, number[]>, size: number): Params => ({
  'conv/kernel': tf.tensor(values['conv/kernel']!, [3, 3, 2, 4]),
  'conv/bias': tf.tensor(values['conv/bias']!),
  'fc/kernel': tf.tensor(values['fc/kernel']!, [((size - 2) / 2) ** 2 * 4, 3]),
  'fc/bias': tf.tensor(values['fc/bias']!),
})
