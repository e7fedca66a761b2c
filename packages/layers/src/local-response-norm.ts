import { checkOptions, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkFinite, checkImage, checkInteger, checkName, exampleShape, named } from './check.js'
import type { Layer } from './layer.js'

/**
 * What α multiplies:
 * - `'paper'`: the sum of squares over the window (AlexNet §3.3);
 * - `'pytorch'`: their mean, the window's places outside the maps counted as zeros (PyTorch, ONNX; Caffe as well,
 *   with k = 1).
 */
export type LocalResponseNormConvention = 'paper' | 'pytorch'

/** Options of {@link localResponseNorm}; the defaults are AlexNet's. */
export interface LocalResponseNormOptions {
  /** What errors call the layer. */
  readonly name?: string
  /** maps in the window, `n` in the paper; default 5 */
  readonly size?: number
  /** default 10⁻⁴ */
  readonly alpha?: number
  /** default 0.75 */
  readonly beta?: number
  /** default 2; PyTorch's own default is 1 */
  readonly k?: number
  /** default `'paper'` */
  readonly convention?: LocalResponseNormConvention
}

/**
 * Local response normalization across neighboring maps (AlexNet §3.3).
 *
 * b_i = a_i / (k + α Σ_j a_j²)^β with j from i − ⌊n/2⌋ to i + ⌊n/2⌋, cut off at the first and last map;
 * `convention: 'pytorch'` has α/n in the place of α, n being the whole window's size at the edges too.
 *
 * `[H, W, C]`, kept; no parameters, no randomness. An even size has no middle map: in PyTorch's convention the window
 * then reaches from i − n/2 to i + n/2 − 1, as PyTorch's does; the paper's formula is symmetric and refuses it.
 *
 * @throws RetableError `invalid-argument` for options out of range, an unknown convention, or an even size in the
 * paper's convention; `invalid-shape` for an input that is no image.
 * @example
 * const norm1 = localResponseNorm({ name: 'norm1', size: 5, alpha: 1e-4, beta: 0.75, k: 2, convention: 'paper' })
 */
export const localResponseNorm = (options: LocalResponseNormOptions = {}): Layer => {
  checkOptions('localResponseNorm', options, {
    name: true,
    size: true,
    alpha: true,
    beta: true,
    k: true,
    convention: true,
  })
  const name = checkName(options.name ?? 'localResponseNorm')
  const size = checkInteger(name, 'size', options.size ?? 5, 1)
  const beta = checkFinite(name, 'beta', options.beta ?? 0.75)
  const k = checkFinite(name, 'k', options.k ?? 2)
  const alpha = alphaOf(
    name,
    options.convention ?? 'paper',
    checkFinite(name, 'alpha', options.alpha ?? 1e-4),
    size,
  )
  if (k <= 0 || alpha < 0) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: k must be over 0 and alpha at least 0, so that the power has a positive base, found k ${k} and alpha ${options.alpha ?? 1e-4}`,
    )
  }

  return {
    name,
    spec: {
      kind: 'localResponseNorm',
      name,
      size,
      alpha: options.alpha ?? 1e-4,
      beta,
      k,
      convention: options.convention ?? 'paper',
    },
    outputShape: (input) => [...checkImage(name, input)],
    init: () => ({}),
    apply: (_params, x) => {
      checkImage(name, exampleShape(name, x))
      return size % 2 === 1
        ? tf.localResponseNormalization(x as tf.Tensor4D, (size - 1) / 2, k, alpha, beta)
        : evenWindow(x as tf.Tensor4D, size, k, alpha, beta)
    },
  }
}

/** α as the factor of the sum of squares. */
const alphaOf = (
  name: string,
  convention: LocalResponseNormConvention,
  alpha: number,
  size: number,
): number => {
  switch (convention) {
    case 'paper':
      if (size % 2 === 0) {
        throw new RetableError(
          'invalid-argument',
          `${named(name)}: the paper's window is symmetric about its map and takes an odd size, found ${size}; convention 'pytorch' takes even sizes`,
        )
      }
      return alpha
    case 'pytorch':
      return alpha / size
    default:
      convention satisfies never
      throw new RetableError(
        'invalid-argument',
        `${named(name)}: convention must be 'paper' or 'pytorch', found ${JSON.stringify(convention)}`,
      )
  }
}

/** PyTorch's even window, i − n/2 … i + n/2 − 1, which tfjs-core's kernel cannot have: a sum of shifted slices. */
const evenWindow = (
  x: tf.Tensor4D,
  size: number,
  k: number,
  alpha: number,
  beta: number,
): tf.Tensor4D =>
  tf.tidy(() => {
    const [batch, height, width, channels] = x.shape
    const padded = tf.pad(tf.square(x), [
      [0, 0],
      [0, 0],
      [0, 0],
      [size / 2, size / 2 - 1],
    ])
    const shifted = Array.from({ length: size }, (_, shift) =>
      tf.slice(padded, [0, 0, 0, shift], [batch, height, width, channels]),
    )
    const sum = shifted.reduce((total, part) => tf.add(total, part))
    return tf.div(x, tf.pow(tf.add(tf.mul(sum, alpha), k), beta))
  })
