import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkImage, checkInteger, checkName, exampleShape } from './check.js'
import type { Layer } from './layer.js'

/** Options of {@link adaptiveAvgPool}. */
export interface AdaptiveAvgPoolOptions {
  /** What errors call the layer. */
  readonly name?: string
  /** height and width of the output */
  readonly size: number
}

/** One axis's averages as a matrix [to, from]: row i has equal weights over the values of bin i, ⌊i·from/to⌋ to ⌈(i+1)·from/to⌉. */
const binMatrix = (from: number, to: number): tf.Tensor2D => {
  const values = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const begin = Math.floor((i * from) / to)
    const end = Math.ceil(((i + 1) * from) / to)
    values.fill(1 / (end - begin), i * from + begin, i * from + end)
  }
  return tf.tensor2d(values, [to, from])
}

/** Averages over axis `axis` of a 4-d tensor, into `to` bins. */
const poolAxis = (x: tf.Tensor4D, axis: 1 | 2, to: number): tf.Tensor4D => {
  const from = x.shape[axis]
  if (from === to) return x
  const front = axis === 1 ? [1, 0, 2, 3] : [2, 0, 1, 3]
  const back = axis === 1 ? [1, 0, 2, 3] : [1, 2, 0, 3]
  const moved = tf.transpose(x, front)
  const flat = tf.reshape(moved, [from, moved.size / from])
  const pooled = tf.matMul(binMatrix(from, to), flat)
  return tf.transpose(
    tf.reshape(pooled, [to, moved.shape[1], moved.shape[2], moved.shape[3]]),
    back,
  )
}

/**
 * PyTorch's `AdaptiveAvgPool2d(size)`: each output is the average of its share of the map, shares overlapping if the
 * sizes do not divide, and values repeated if the map is smaller than the output. torchvision's nets have it before
 * their FC layers, where it changes nothing for images of 224 pixels.
 *
 * [N, H, W, C] to [N, size, size, C], float32; no parameters, no randomness.
 *
 * @throws RetableError `invalid-shape` if the input is not a map.
 * @example
 * adaptiveAvgPool({ name: 'avgpool', size: 7 }).outputShape([10, 10, 512]) // [7, 7, 512]
 */
export const adaptiveAvgPool = (options: AdaptiveAvgPoolOptions): Layer => {
  checkOptions('adaptiveAvgPool', options, { name: true, size: true })
  const name = checkName(options.name ?? 'adaptiveAvgPool')
  const size = checkInteger(name, 'size', options.size, 1)
  return {
    name,
    spec: { kind: 'adaptiveAvgPool', name, size },
    window: ([height = 1]) => ({
      size: Math.ceil(height / size),
      stride: height / size,
      padding: 0,
    }),
    outputShape: (input) => [size, size, checkImage(name, input)[2]],
    init: () => ({}),
    apply: (_params, x) => {
      checkImage(name, exampleShape(name, x))
      return tf.tidy(() => {
        const pooled = poolAxis(poolAxis(x as tf.Tensor4D, 1, size), 2, size)
        return pooled === x ? tf.clone(x) : pooled
      })
    },
  }
}
