import * as tf from '@tensorflow/tfjs-core'
import type { TensorTree } from './capture.js'
import { requireBackend } from './require-backend.js'

/** What a tfjs backend has that runs faster on tensors whose numbers it may write into its programs. */
export interface ConstantsBackend {
  /** Treats tensors as constants of what is computed with them, until the function that is returned is called. */
  holdConstants(tensors: TensorTree): () => void
}

/**
 * Tells the current backend that these tensors, such as the parameters of a net that is tested, are used many times: one
 * that can writes their numbers into its programs. Results may differ in their last bits from those without. Other backends
 * do nothing.
 *
 * @returns a function that ends it; call it before the tensors are disposed of
 * @throws RetableError `unavailable` if tfjs has no backend
 */
export const holdConstants = (tensors: TensorTree): (() => void) => {
  requireBackend()
  const backend: Partial<ConstantsBackend> = tf.backend() as object
  return backend.holdConstants?.(tensors) ?? (() => {})
}
