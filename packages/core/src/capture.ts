import * as tf from '@tensorflow/tfjs-core'
import { requireBackend } from './require-backend.js'

/** A tensor, or named tensors, or names within names. */
export type TensorTree = tf.Tensor | { readonly [name: string]: TensorTree }

/** A function of tensors that is recorded and replayed. */
export interface Captured<I extends TensorTree, O extends TensorTree> {
  /** Calls the function, or replays what it did; the results are the caller's. */
  (inputs: I): O
  /** how often it has been replayed instead of called */
  readonly replays: number
  /** why the last call was not replayed; null if it was, or if the function is still being recorded */
  readonly obstacle: string | null
  /** Lets go of what was recorded. */
  dispose(): void
}

/** What a tfjs backend has that can record a function of tensors and replay it. */
export interface CapturingBackend {
  /** Records what `step` does with its inputs, and replays it when it is called again with inputs of the same shapes and dtypes. */
  capture<I extends TensorTree, O extends TensorTree>(step: (inputs: I) => O): Captured<I, O>
}

/** Whether the current backend can record a function of tensors and replay it; false without a backend. */
export const canCapture = (): boolean =>
  tf.engine().backendName !== undefined &&
  (tf.backend() as Partial<CapturingBackend>).capture !== undefined

/**
 * A function of tensors that the current backend records and replays, if it can; null if it cannot.
 * Everything that differs from call to call must come in through the inputs.
 *
 * @throws RetableError `unavailable` if tfjs has no backend
 */
export const captureStep = <I extends TensorTree, O extends TensorTree>(
  step: (inputs: I) => O,
): Captured<I, O> | null => {
  requireBackend()
  const backend: Partial<CapturingBackend> = tf.backend() as object
  return backend.capture?.(step) ?? null
}
