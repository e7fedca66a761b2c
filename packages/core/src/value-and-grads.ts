import * as tf from '@tensorflow/tfjs-core'
import type { Params } from './params.js'
import { registerGradients } from './gradients.js'

/** The value of a function of a parameter tree, and its gradient with respect to each parameter. */
export interface ValueAndGrads {
  readonly value: tf.Scalar
  readonly grads: Params
}

/**
 * Evaluates `fn` at `params` and differentiates it: ∂fn/∂p for every p of the tree, in a tree of the same shape.
 *
 * Registers tfjs-core's gradients on first use (see {@link registerGradients}). Intermediate tensors are
 * disposed of; the caller disposes of `value` and `grads`. A parameter that `fn` does not use is an error of
 * tfjs-core's ("Cannot compute gradient …").
 *
 * @param fn from the tree to a scalar, float32; called once
 * @example
 * const { value, grads } = valueAndGrads((p) => tf.sum(tf.square(p['fc/kernel']!)), params)
 */
export const valueAndGrads = (fn: (params: Params) => tf.Scalar, params: Params): ValueAndGrads => {
  registerGradients()
  const names = Object.keys(params)
  const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) =>
    fn(Object.fromEntries(names.map((name, i) => [name, values[i]!]))),
  )(names.map((name) => params[name]!))
  return {
    value,
    grads: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  }
}
