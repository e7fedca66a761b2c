import type { Params } from '@retable/core'
import type * as tf from '@tensorflow/tfjs-core'
import type { Spec } from './spec.js'

/**
 * What an optimizer remembers between updates: trees shaped like the parameters, by slot name, and the number of
 * updates made. Plain data, so that a checkpoint can save it and {@link Optimizer.update} resume from it exactly.
 */
export interface OptimizerState {
  /** Updates made so far; a number on the host, exact. */
  readonly step: number
  /** Trees with the names and shapes of the parameters: `{ momentum: { 'fc8/kernel': … } }`. */
  readonly slots: Readonly<Record<string, Params>>
}

/** The new parameters and state of one update; tensors of the caller's. */
export interface Updated {
  /** The parameters after the update. */
  readonly params: Params
  /** The state for the next update. */
  readonly state: OptimizerState
}

/**
 * Makes the scalar of a number that changes from update to update, such as a rate: the value of `formula` for the
 * updates made so far and the learning rate. Of one name there is one scalar per update; the caller that passes this function
 * disposes of it. A training loop that replays a recorded update passes one, so that it can compute the numbers again.
 */
export type ChangingNumber = (
  name: string,
  formula: (step: number, learningRate: number) => number,
) => tf.Scalar

/** A learning rule as two pure functions over parameter trees. */
export interface Optimizer {
  /** The rule and its hyperparameters in plain JSON. */
  readonly spec: Spec
  /** The names of the slots in its state, fixed for given options: what a checkpoint must hold. */
  readonly slots: readonly string[]
  /** The state before the first update: step 0, slots of zeros. The caller disposes of it. */
  init(params: Params): OptimizerState
  /**
   * One update. Everything given stays as it is and remains the caller's; everything returned is new.
   * `changing` makes the scalars of all numbers that depend on the step and the learning rate; without it the update
   * makes them itself.
   *
   * @throws RetableError `invalid-argument` if the learning rate is negative, NaN or infinite; `mismatch`
   * if gradients or state do not have the names and shapes of the parameters.
   */
  update(
    params: Params,
    grads: Params,
    state: OptimizerState,
    learningRate: number,
    changing?: ChangingNumber,
  ): Updated
}
