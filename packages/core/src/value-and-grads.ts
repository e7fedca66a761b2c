import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from './errors.js'
import type { Params } from './params.js'
import { registerGradients } from './gradients.js'
import { requireBackend } from './require-backend.js'

/** The value of a function of a parameter tree, and its gradient with respect to each parameter. */
export interface ValueAndGrads<P extends Params = Params> {
  /** What the function returned; a scalar. */
  readonly value: tf.Scalar
  /** Under the names of the parameters, in their shapes, float32. */
  readonly grads: P
}

/**
 * Evaluates `fn` at `params` and differentiates it: ∂fn/∂p for every p of the tree, in a tree of the same shape.
 *
 * Registers tfjs-core's gradients on first use (see {@link registerGradients}). Disposes of intermediate tensors; the caller
 * disposes of `value` and `grads`. Leave parameters that must not change (frozen layers) out of the tree and capture them in
 * `fn`. The type of the gradients has the names of the parameters' type.
 *
 * @param fn from the tree to a scalar, float32; called once
 * @throws RetableError `invalid-shape` if the value is not a scalar; `invalid-argument` if it does not depend on a parameter, or
 * a parameter is disposed of (the message names it); `unavailable` if tfjs has no backend.
 * @example
 * const { value, grads } = valueAndGrads((p) => tf.sum(tf.square(p['fc/kernel']!)), params)
 */
export const valueAndGrads = <P extends Params>(
  fn: (params: P) => tf.Scalar,
  params: P,
): ValueAndGrads<P> => {
  requireBackend()
  registerGradients()
  const names = Object.keys(params)
  const tensors = names.map((name) => params[name]!)
  const gone = names.find((_, i) => tensors[i]!.isDisposed)
  if (gone !== undefined) {
    throw new RetableError(
      'invalid-argument',
      `expected tensors that are not disposed of, got "${gone}" disposed of`,
    )
  }
  const scalar = (): tf.Scalar => {
    const value = fn({ ...params })
    if (value.rank !== 0) {
      throw new RetableError(
        'invalid-shape',
        `expected a function whose value is a scalar, got a value of shape [${value.shape}]`,
      )
    }
    return value
  }
  return droppingTape(() => {
    if (names.length === 0) return { value: scalar(), grads: {} as P }
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
      grads: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) as P,
    }
  })
}

/** Runs `fn` in a tidy. If it throws, disposes of what the tape has saved, which tfjs-core keeps. */
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
