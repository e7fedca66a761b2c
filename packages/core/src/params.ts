import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from './errors.js'

/**
 * A parameter tree: tensors by name, flat, `layer/role` (`'conv1_1/kernel'`, `'fc6/bias'`). Gradients and
 * optimizer state have the same shape. Order of keys is the order of the layers.
 */
export type Params = Record<string, tf.Tensor>

/** A new tree with `fn` applied to each tensor. The caller disposes of both trees. */
export const mapParams = (
  params: Params,
  fn: (value: tf.Tensor, name: string) => tf.Tensor,
): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, fn(value, name)]))

/** Disposes of every tensor of the tree; tensors already disposed of are left alone. */
export const disposeParams = (params: Params): void => {
  for (const value of Object.values(params)) value.dispose()
}

/** A copy of the tree that lives on when the original is disposed of. */
export const cloneParams = (params: Params): Params => mapParams(params, (value) => tf.clone(value))

/** The number of values in the tree. */
export const countParams = (params: Params): number =>
  Object.values(params).reduce((total, value) => total + value.size, 0)

/**
 * Checks that `other` has the names and shapes of `params`.
 *
 * @throws RetableError `mismatch`, naming the first name or shape that differs.
 */
export const assertSameTree = (params: Params, other: Params, what = 'tree'): void => {
  for (const [name, value] of Object.entries(params)) {
    const found = other[name]
    if (!found) throw new RetableError('mismatch', `${what} has no entry "${name}"`)
    if (found.shape.join() !== value.shape.join()) {
      throw new RetableError(
        'mismatch',
        `${what} entry "${name}" has shape [${found.shape}], expected [${value.shape}]`,
      )
    }
  }
  for (const name of Object.keys(other)) {
    if (!(name in params))
      throw new RetableError('mismatch', `${what} has an unexpected entry "${name}"`)
  }
}
