import type { OptimizerSpec, PlateauSpec, ScheduleSpec, StoppingSpec } from '@retable/optimizers'

/** How a net learns, as plain JSON: part of a run's configuration. Rates are for mini-batch means. */
export type Learning = {
  readonly batchSize: number
  /** how long: updates, or passes over the training images with so many points of the learning curve each */
  readonly length:
    { readonly steps: number } | { readonly epochs: number; readonly pointsPerEpoch: number }
  readonly optimizer: OptimizerSpec
  readonly schedule: ScheduleSpec
  /** reduces the schedule's rate by the metric of that name in the curve (default: `fit`'s) */
  readonly plateau?: { readonly rule: PlateauSpec; readonly metric?: string }
  /** ends the run before its length */
  readonly stopping?: { readonly rule: StoppingSpec; readonly metric?: string }
}

/** Points of a learning curve, about. */
const curvePoints = 50

/** So many passes, with a learning curve that is worth looking at however few they are. */
export const inPasses = (epochs: number): Learning['length'] => ({
  epochs,
  pointsPerEpoch: Math.max(1, Math.round(curvePoints / epochs)),
})

/** When a run of so many updates makes points of its curve, beside those at checks. */
export const curveOf = (
  { length }: Learning,
  steps: number,
): number | { readonly perEpoch: number } =>
  'steps' in length
    ? Math.max(1, Math.round(steps / curvePoints))
    : { perEpoch: length.pointsPerEpoch }
