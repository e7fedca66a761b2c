import { disposeParams, mapParams, RetableError, type Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkPositive } from './checks.js'
import type { Optimizer } from './optimizer.js'

/** Clipped gradients and the norm they had. */
export interface ClippedByNorm {
  /** The gradients, scaled down if their norm exceeded the limit; the caller disposes them. */
  readonly grads: Params
  /** √Σg² over the whole tree, before clipping; a scalar. */
  readonly norm: tf.Scalar
}

/**
 * Scales a whole tree so that its L2 norm is at most `maxNorm`, as torch.nn.utils.clip_grad_norm_.
 *
 * g ← g·min(1, maxNorm/(‖g‖ + 10⁻⁶)). All tensors returned are new and the caller's; nothing is read back.
 *
 * @throws RetableError `invalid-argument` if maxNorm is not over 0 or the tree is empty.
 * @example
 * const { grads, norm } = clipByGlobalNorm(raw, 1)
 */
export const clipByGlobalNorm = (grads: Params, maxNorm: number): ClippedByNorm => {
  checkPositive('maxNorm', maxNorm)
  const values = Object.values(grads)
  if (values.length === 0) {
    throw new RetableError('invalid-argument', 'the tree of gradients is empty')
  }
  return tf.tidy(() => {
    const norm = tf.sqrt(
      values
        .map((g) => tf.sum(tf.square(g)))
        .reduce((total: tf.Tensor, square) => tf.add(total, square)),
    ) as tf.Scalar
    const factor = tf.minimum(
      tf.div(tf.scalar(maxNorm), tf.add(norm, tf.scalar(1e-6))),
      tf.scalar(1),
    )
    return { grads: mapParams(grads, (g) => tf.mul(g, factor)), norm }
  })
}

/**
 * Clips each value of a tree to [−limit, limit], as torch.nn.utils.clip_grad_value_. The caller disposes of the result.
 *
 * @throws RetableError `invalid-argument` if the limit is not over 0.
 * @example
 * const clipped = clipByValue(grads, 0.5)
 */
export const clipByValue = (grads: Params, limit: number): Params => {
  checkPositive('limit', limit)
  return mapParams(grads, (g) => tf.clipByValue(g, -limit, limit))
}

/** How {@link withClipping} clips: by the norm of the whole tree or value by value. */
export type Clipping = { readonly globalNorm: number } | { readonly value: number }

/**
 * An optimizer that clips the gradients before its own rule sees them.
 *
 * @throws RetableError `invalid-argument` if the limit is not over 0.
 * @example
 * const optimizer = withClipping(sgd({ momentum: 0.9 }), { globalNorm: 1 })
 */
export const withClipping = (optimizer: Optimizer, clipping: Clipping): Optimizer => {
  const byNorm = 'globalNorm' in clipping
  checkPositive(byNorm ? 'globalNorm' : 'value', byNorm ? clipping.globalNorm : clipping.value)
  const clip = (grads: Params): Params => {
    if (!byNorm) return clipByValue(grads, clipping.value)
    const clipped = clipByGlobalNorm(grads, clipping.globalNorm)
    clipped.norm.dispose()
    return clipped.grads
  }
  return {
    spec: { kind: 'withClipping', ...clipping, optimizer: optimizer.spec },
    slots: optimizer.slots,
    init: (params) => optimizer.init(params),
    update: (params, grads, state, learningRate, changing) => {
      const clipped = clip(grads)
      try {
        return optimizer.update(params, clipped, state, learningRate, changing)
      } finally {
        disposeParams(clipped)
      }
    },
  }
}
