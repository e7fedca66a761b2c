import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import type { Layer } from './layer.js'
import type { PoolOptions } from './pool-layer.js'
import { poolLayer } from './pool-layer.js'
import { paddingFor } from './window.js'

/**
 * Max pooling; with a stride smaller than the size, AlexNet's overlapping pooling (§3.4: z = 3, s = 2).
 *
 * y[n, i, j, c] = max over 0 ≤ u, v < z of x[n, i·s + u − top, j·s + v − left, c]; padding is never the maximum.
 * `[H, W, C]` → `[⌊(H + top + bottom − z) / s⌋ + 1, …, C]`: rows that no window reaches are left out (Caffe rounds up
 * instead). No parameters, no randomness. Where several places of a window hold its maximum, backends differ in
 * which of them the gradient goes to.
 *
 * @throws RetableError `invalid-argument` for options out of range; `invalid-shape` for an input that is no image or
 * that is smaller than the window.
 * @example
 * maxPool({ size: 3, stride: 2 }).outputShape([55, 55, 96]) // [27, 27, 96]
 */
export const maxPool = (options: PoolOptions): Layer => {
  checkOptions('maxPool', options, { name: true, size: true, stride: true, padding: true })
  return poolLayer('maxPool', options, {}, ({ window, size, strides }) => {
    const padded = paddingFor(window, -Infinity)
    return (images) =>
      tf.tidy(() => {
        const { image, padding } = padded(images)
        return tf.maxPool(image, size, strides, padding)
      })
  })
}
