import * as tf from '@tensorflow/tfjs-core'
import { checkName, exampleShape } from './check.js'
import type { Layer } from './layer.js'
import type { PoolOptions } from './pool-window.js'
import { poolOutput, poolWindow } from './pool-window.js'
import { padsOf, tfPadding } from './window.js'

/** Options of {@link avgPool}. */
export interface AvgPoolOptions extends PoolOptions {
  /** whether padding counts as zeros in the mean (PyTorch's default) or not at all (the default here, and TensorFlow's) */
  readonly countPadding?: boolean
}

/**
 * Average pooling: y[n, i, j, c] = mean over the window of x.
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
  const name = checkName(options.name ?? 'avgPool')
  const window = poolWindow(name, options)
  const size: [number, number] = [window.size[0], window.size[1]]
  const strides: [number, number] = [window.strides[0], window.strides[1]]
  const pad = tfPadding(window)
  return {
    name,
    outputShape: (input) => poolOutput(name, window, input),
    init: () => ({}),
    apply: (_params, x) => {
      const [height, width] = exampleShape(name, x)
      poolOutput(name, window, x.shape.slice(1))
      if (!options.countPadding) return tf.avgPool(x as tf.Tensor4D, size, strides, pad)
      const [[top, bottom], [left, right]] = padsOf(window, [height!, width!])
      return tf.tidy(() => {
        const padded = tf.pad(x as tf.Tensor4D, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ])
        return tf.avgPool(padded, size, strides, 'valid')
      })
    },
  }
}
