import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkName, exampleShape } from './check.js'
import type { Layer } from './layer.js'
import type { PoolOptions } from './pool-window.js'
import { poolOutput, poolWindow, poolWindowOf } from './pool-window.js'
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
  const name = checkName(options.name ?? 'maxPool')
  const window = poolWindow(name, options)
  const size: [number, number] = [window.size[0], window.size[1]]
  const strides: [number, number] = [window.strides[0], window.strides[1]]
  const padded = paddingFor(window, -Infinity)
  return {
    name,
    spec: {
      kind: 'maxPool',
      name,
      size: options.size,
      stride: options.stride ?? options.size,
      padding: options.padding ?? 'valid',
    },
    window: (input) => poolWindowOf(window, input),
    outputShape: (input) => poolOutput(name, window, input),
    init: () => ({}),
    apply: (_params, x) => {
      poolOutput(name, window, exampleShape(name, x))
      return tf.tidy(() => {
        const { image, padding } = padded(x as tf.Tensor4D)
        return tf.maxPool(image, size, strides, padding)
      })
    },
  }
}
