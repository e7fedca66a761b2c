import { RetableError } from '@retable/core'
import type { FitOptions } from './options.js'
import type { Plan } from './checked-options.js'
import { noSums } from './record.js'
import { disposeState, type TrainingState } from './training-state.js'

/** A state and what to do with its tensors once they have been replaced. */
export interface Held {
  readonly state: TrainingState
  readonly release: () => void
}

/** The state to start from: a new one, or the one given. */
export const startState = (options: FitOptions, plan: Plan): Held => {
  const { params, startFrom, optimizer, disposeStart = false } = options
  const { reduceOnPlateau, earlyStopping } = options
  if (startFrom) {
    if (startFrom.step > plan.steps) {
      throw new RetableError(
        'invalid-argument',
        `the state to resume from is at step ${startFrom.step}, beyond the ${plan.steps} steps asked for`,
      )
    }
    const state: TrainingState = {
      ...startFrom,
      plateau: reduceOnPlateau ? (startFrom.plateau ?? reduceOnPlateau.init()) : null,
      earlyStopping: earlyStopping ? (startFrom.earlyStopping ?? earlyStopping.init()) : null,
    }
    return { state, release: disposeStart ? () => disposeState(startFrom) : () => undefined }
  }
  const fresh = optimizer.init(params!)
  const state: TrainingState = {
    step: 0,
    stepsPerEpoch: plan.stepsPerEpoch,
    settled: true,
    params: params!,
    optimizer: fresh,
    plateau: reduceOnPlateau?.init() ?? null,
    earlyStopping: earlyStopping?.init() ?? null,
    curve: [],
    sums: noSums,
    sinceCheck: noSums,
    lastCheck: null,
  }
  return {
    state,
    release: () => disposeState({ params: disposeStart ? params! : {}, optimizer: fresh }),
  }
}
