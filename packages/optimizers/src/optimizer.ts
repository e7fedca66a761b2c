import type { Params } from '@retable/core'
import type { Spec } from './spec.js'

/**
 * What an optimizer remembers between updates: trees shaped like the parameters, by slot name, and the number of
 * updates made. Plain data, so that a checkpoint can save it and {@link Optimizer.update} go on from it exactly.
 */
export interface OptimizerState {
  /** Updates made so far; a number on the host, exact. */
  readonly step: number
  /** Trees with the names and shapes of the parameters: `{ momentum: { 'fc8/kernel': … } }`. */
  readonly slots: Readonly<Record<string, Params>>
}

/** The new parameters and state of one update; tensors of the caller's. */
export interface Updated {
  readonly params: Params
  readonly state: OptimizerState
}

/** A learning rule as two pure functions over parameter trees. */
export interface Optimizer {
  /** The rule and its hyperparameters in plain JSON. */
  readonly spec: Spec
  /** The names of the slots in its state, fixed for given options: what a checkpoint must hold. */
  readonly slots: readonly string[]
  /** The state before the first update: step 0, slots of zeros. The caller disposes of it. */
  init(params: Params): OptimizerState
  /**
   * One update. Everything given stays as it is and is the caller's still; everything returned is new.
   *
   * @throws RetableError `invalid-argument` where the learning rate is negative, NaN or infinite; `mismatch`
   * where gradients or state do not have the names and shapes of the parameters.
   */
  update(params: Params, grads: Params, state: OptimizerState, learningRate: number): Updated
}
