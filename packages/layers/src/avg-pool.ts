import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import type { Layer } from './layer.js'
import type { PoolOptions } from './pool-layer.js'
import { poolLayer } from './pool-layer.js'
import type { Pads, Window } from './window.js'
import { padsOf, windowOutput } from './window.js'

/** Options of {@link avgPool}. */
export interface AvgPoolOptions extends PoolOptions {
  /** whether padding counts as zeros in the mean (PyTorch's default) or not at all (the default here, and TensorFlow's) */
  readonly countPadding?: boolean
}

/**
 * Average pooling: y[n, i, j, c] = mean over 0 ≤ u, v < z of x[n, i·s + u − top, j·s + v − left, c].
 *
 * `[H, W, C]` → `[⌊(H + top + bottom − z) / s⌋ + 1, …, C]`. No parameters, no randomness. Padding is left out of the
 * mean unless `countPadding` is true.
 *
 * @throws RetableError `invalid-argument` for options out of range; `invalid-shape` for an input that is no image or
 * that is smaller than the window.
 * @example
 * avgPool({ size: 2 }).outputShape([8, 8, 16]) // [4, 4, 16]
 */
export const avgPool = (options: AvgPoolOptions): Layer => {
  checkOptions('avgPool', options, {
    name: true,
    size: true,
    stride: true,
    padding: true,
    countPadding: true,
  })
  const { countPadding = false } = options
  return poolLayer('avgPool', options, { countPadding }, ({ name, window, size, strides }) => {
    return (images) => {
      const [, height, width] = images.shape
      const pads = padsOf(window, [height, width])
      const [[top, bottom], [left, right]] = pads
      if (Math.max(top, bottom, left, right) === 0) {
        return tf.avgPool(images, size, strides, 'valid')
      }
      // tfjs-core's own padding is not used: its gradient divides by the whole window also if its mean did not.
      return tf.tidy(() => {
        const padded = tf.pad(images, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ])
        const mean = tf.avgPool(padded, size, strides, 'valid')
        if (countPadding) return mean
        return tf.mul(mean, wholeOverCounted(name, window, pads, [height, width]))
      })
    }
  })
}

/** The window's size over the number of its places inside the image, for each position: `[1, h, w, 1]`. */
const wholeOverCounted = (
  name: string,
  window: Window,
  pads: Pads,
  image: readonly [number, number],
): tf.Tensor4D => {
  const [rows, columns] = windowOutput(name, window, image)
  const inside = (axis: 0 | 1, position: number): number => {
    const from = position * window.strides[axis] - pads[axis][0]
    return Math.min(image[axis], from + window.size[axis]) - Math.max(0, from)
  }
  const whole = window.size[0] * window.size[1]
  const factors = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      factors[i * columns + j] = whole / (inside(0, i) * inside(1, j))
    }
  }
  return tf.tensor4d(factors, [1, rows, columns, 1])
}
