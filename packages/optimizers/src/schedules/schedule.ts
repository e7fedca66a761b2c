import type { Spec } from '../spec.js'

/**
 * A learning rate by step: the rate of the update that follows `step` updates, so the first one asks for step 0.
 * A pure function of the step, so that a resumed run needs no state of it. `spec` describes it in plain JSON.
 */
export interface Schedule {
  (step: number): number
  /** The schedule as plain JSON, for `scheduleFromSpec`. */
  readonly spec: Spec
}

/** Gives a function of the step its description. */
export const withSpec = (rate: (step: number) => number, spec: Spec): Schedule =>
  Object.assign((step: number) => rate(step), { spec })
