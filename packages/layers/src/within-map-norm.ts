import { checkOptions, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkFinite, checkImage, checkInteger, checkName, exampleShape, named } from './check.js'
import type { Layer } from './layer.js'

/** Options of {@link withinMapNorm}; the defaults are those of cuda-convnet's `18pct` net. */
export interface WithinMapNormOptions {
  /** What errors call the layer. */
  readonly name?: string
  /** side of the window, odd; default 3 */
  readonly size?: number
  /** default 5·10⁻⁵ */
  readonly alpha?: number
  /** default 0.75 */
  readonly beta?: number
  /** default 1 */
  readonly k?: number
}

/**
 * Response normalization within a map: cuda-convnet's layer `rnorm`, which looks at neighboring pixels of the same map where
 * AlexNet's (`localResponseNorm`) looks at the same pixel of neighboring maps.
 *
 * b[y, x, c] = a[y, x, c] / (k + α/n² Σ a[y + i, x + j, c]²)^β, the sum over the n×n pixels around (y, x), those outside the
 * image counted as zeros. `[H, W, C]`, kept; no parameters, no randomness.
 *
 * @throws RetableError `invalid-argument` for options out of range or an even size; `invalid-shape` for an input that is no
 * image.
 * @example
 * const rnorm1 = withinMapNorm({ name: 'rnorm1', size: 3, alpha: 5e-5 })
 */
export const withinMapNorm = (options: WithinMapNormOptions = {}): Layer => {
  checkOptions('withinMapNorm', options, {
    name: true,
    size: true,
    alpha: true,
    beta: true,
    k: true,
  })
  const name = checkName(options.name ?? 'withinMapNorm')
  const size = checkInteger(name, 'size', options.size ?? 3, 1)
  const alpha = checkFinite(name, 'alpha', options.alpha ?? 5e-5)
  const beta = checkFinite(name, 'beta', options.beta ?? 0.75)
  const k = checkFinite(name, 'k', options.k ?? 1)
  if (size % 2 === 0) {
    throw new RetableError('invalid-argument', `${named(name)}: size must be odd, found ${size}`)
  }
  if (k <= 0 || alpha < 0) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: k must be over 0 and alpha at least 0, found k ${k} and alpha ${alpha}`,
    )
  }
  const around: [number, number] = [(size - 1) / 2, (size - 1) / 2]
  return {
    name,
    spec: { kind: 'withinMapNorm', name, size, alpha, beta, k },
    window: () => ({ size, stride: 1, padding: around[0] }),
    outputShape: (input) => [...checkImage(name, input)],
    init: () => ({}),
    apply: (_params, x) => {
      checkImage(name, exampleShape(name, x))
      return tf.tidy(() => {
        // Zeros around the image count, so that the pool's mean is the sum divided by n².
        const squares = tf.pad(tf.square(x as tf.Tensor4D), [[0, 0], around, around, [0, 0]])
        const mean = tf.avgPool(squares, size, 1, 'valid')
        return tf.div(x, tf.pow(tf.add(tf.mul(mean, alpha), k), beta))
      })
    },
  }
}
