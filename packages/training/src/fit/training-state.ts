import { assertSameTree, disposeParams, mapParams, RetableError } from '@retable/core'
import type { CurvePoint, Params } from '@retable/core'
import type { EarlyStoppingState, OptimizerState, PlateauState } from '@retable/optimizers'
import * as tf from '@tensorflow/tfjs-core'

/** Sums over training batches. */
export interface RunningSums {
  /** Images of the batches summed over. */
  readonly images: number
  /** Σ loss·images */
  readonly loss: number
  /** images whose likeliest class was not theirs; stays 0 unless training errors are counted */
  readonly wrong: number
}

/**
 * All that decides how a run continues after `step` updates, besides its options and seed: resuming from it gives the
 * bits that the uninterrupted run has. Tensors and plain JSON; see `packState` for writing it down.
 */
export interface TrainingState {
  /** Updates made. */
  readonly step: number
  /** Batches per epoch; a state resumes only with data of the same length. */
  readonly stepsPerEpoch: number
  /** False if the run was interrupted before the validation due after `step` was done. */
  readonly settled: boolean
  /** The parameters after `step` updates. */
  readonly params: Params
  /** The optimizer's state. */
  readonly optimizer: OptimizerState
  /** The state of the plateau rule; null without one. */
  readonly plateau: PlateauState | null
  /** The state of the stopping rule; null without one. */
  readonly earlyStopping: EarlyStoppingState | null
  /** The curve so far. */
  readonly curve: readonly CurvePoint[]
  /** Over the batches since the last point of the curve. */
  readonly sums: RunningSums
  /** Over the batches since the last check. */
  readonly sinceCheck: RunningSums
  /** What the last check found, its training means over all batches since the check before; null before the first. */
  readonly lastCheck: CurvePoint | null
}

/** A {@link TrainingState} as named tensors, for safetensors and the like, and plain JSON. */
export interface PackedState {
  /** `params/conv1/kernel`, `optimizer/momentum/conv1/kernel`: the state's own tensors, not copies */
  readonly tensors: Params
  /** The rest of the state; of the optimizer's only its step and the names of its slots. */
  readonly json: Omit<TrainingState, 'params' | 'optimizer'> & {
    readonly optimizer: { readonly step: number; readonly slots: readonly string[] }
  }
}

/** Parts a state into what a tensor file holds and what JSON holds. Nothing is copied or disposed of. */
export const packState = ({ params, optimizer, ...rest }: TrainingState): PackedState => {
  const tensors: Params = {}
  for (const [name, value] of Object.entries(params)) tensors[`params/${name}`] = value
  for (const [slot, tree] of Object.entries(optimizer.slots)) {
    for (const [name, value] of Object.entries(tree)) tensors[`optimizer/${slot}/${name}`] = value
  }
  const slots = Object.keys(optimizer.slots)
  return { tensors, json: { ...rest, optimizer: { step: optimizer.step, slots } } }
}

/**
 * The state that {@link packState} parted. Uses the tensors given; copies none.
 *
 * @throws RetableError `mismatch` if a tensor is missing, is left over, or has another shape than its parameter, or
 * the JSON is that of an earlier version.
 */
export const unpackState = ({ tensors, json }: PackedState): TrainingState => {
  const { sinceCheck } = json as Partial<typeof json>
  if (sinceCheck === undefined) {
    throw new RetableError('mismatch', 'the saved state was written by an earlier version')
  }
  const params: Record<string, tf.Tensor> = {}
  const slots: Record<string, Record<string, tf.Tensor>> = Object.fromEntries(
    json.optimizer.slots.map((slot) => [slot, {}]),
  )
  for (const [path, tensor] of Object.entries(tensors)) {
    const [kind, ...rest] = path.split('/')
    const tree =
      kind === 'params' ? params : kind === 'optimizer' ? slots[rest.shift()!] : undefined
    if (!tree || rest.length === 0) {
      throw new RetableError('mismatch', `the saved state has an unexpected tensor "${path}"`)
    }
    tree[rest.join('/')] = tensor
  }
  for (const [slot, tree] of Object.entries(slots)) {
    assertSameTree(params, tree, `the saved optimizer state "${slot}"`)
  }
  return { ...json, params, optimizer: { step: json.optimizer.step, slots } }
}

/** A copy of the state that outlives the original's tensors; costs no memory until one of them changes. */
export const cloneState = (state: TrainingState): TrainingState => ({
  ...state,
  params: mapParams(state.params, (value) => tf.clone(value)),
  optimizer: {
    step: state.optimizer.step,
    slots: Object.fromEntries(
      Object.entries(state.optimizer.slots).map(([slot, tree]) => [
        slot,
        mapParams(tree, (value) => tf.clone(value)),
      ]),
    ),
  },
})

/** Disposes of the state's tensors. */
export const disposeState = ({
  params,
  optimizer,
}: Pick<TrainingState, 'params' | 'optimizer'>): void => {
  disposeParams(params)
  Object.values(optimizer.slots).forEach(disposeParams)
}
