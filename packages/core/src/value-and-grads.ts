import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from './errors.js'
import type { Params } from './params.js'
import { registerGradients } from './gradients.js'
import { requireBackend } from './require-backend.js'

/** The value of a function of a parameter tree, and its gradient with respect to each parameter. */
export interface ValueAndGrads {
  readonly value: tf.Scalar
  readonly grads: Params
}

/**
 * Evaluates `fn` at `params` and differentiates it: ∂fn/∂p for every p of the tree, in a tree of the same shape.
 *
 * Registers tfjs-core's gradients on first use (see {@link registerGradients}). Intermediate tensors are
 * disposed of; the caller disposes of `value` and `grads`. Parameters that stay as they are (frozen layers) are
 * captured by `fn` and left out of the tree.
 *
 * @param fn from the tree to a scalar, float32; called once
 * @throws RetableError `invalid-shape` where the value is no scalar; `invalid-argument` where it does not depend on
 * some parameter, or one is disposed of, naming it; `unavailable` where tfjs has no backend.
 * @example
 * const { value, grads } = valueAndGrads((p) => tf.sum(tf.square(p['fc/kernel']!)), params)
 */
export const valueAndGrads = (fn: (params: Params) => tf.Scalar, params: Params): ValueAndGrads => {
  requireBackend()
  registerGradients()
  const names = Object.keys(params)
  const tensors = names.map((name) => params[name]!)
  const gone = names.find((_, i) => tensors[i]!.isDisposed)
  if (gone !== undefined) {
    throw new RetableError(
      'invalid-argument',
      `valueAndGrads takes living tensors, found "${gone}" disposed of`,
    )
  }
  const scalar = (): tf.Scalar => {
    const value = fn({ ...params })
    if (value.rank !== 0) {
      throw new RetableError(
        'invalid-shape',
        `valueAndGrads takes a function whose value is a scalar, found shape [${value.shape}]`,
      )
    }
    return value
  }
  return droppingTape(() => {
    if (names.length === 0) return { value: scalar(), grads: {} }
    const found = tf.engine().gradients(scalar, tensors, undefined, true)
    const grads = found.grads as (tf.Tensor | undefined)[]
    const unused = names.filter((_, i) => !grads[i])
    if (unused.length > 0) {
      throw new RetableError(
        'invalid-argument',
        `the value does not depend on every parameter, so that it has no gradient for ${unused.map((n) => `"${n}"`).join(', ')}`,
      )
    }
    return {
      value: found.value,
      grads: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
    }
  })
}

/** Runs `fn` tidily. Where it throws, lets go of what the tape had saved by then, which tfjs-core keeps. */
const droppingTape = <T extends tf.TensorContainer>(fn: () => T): T => {
  try {
    return tf.tidy(fn)
  } catch (error) {
    const { state } = tf.engine()
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) saved?.forEach((tensor) => tensor.dispose())
      state.activeTape = []
    }
    throw error
  }
}
