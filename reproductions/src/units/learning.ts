import {
  adam,
  constant,
  cosine,
  earlyStopping,
  reduceOnPlateau,
  sgd,
  warmup,
} from '@retable/optimizers'
import type { EarlyStopping, Optimizer, Plateau, Schedule } from '@retable/optimizers'

/** How a net learns, as plain JSON: part of a run's configuration. Rates are for mini-batch means. */
export type Learning = {
  readonly batchSize: number
  /** how long: updates, or passes over the training images with so many points of the learning curve each */
  readonly length:
    { readonly steps: number } | { readonly epochs: number; readonly pointsPerEpoch: number }
  readonly optimizer:
    | {
        readonly kind: 'sgd'
        readonly form: 'krizhevsky' | 'pytorch'
        readonly momentum: number
        readonly weightDecay: number
        /** parameters with a weight decay or learning rate of their own */
        readonly groups?: readonly {
          readonly names: readonly string[]
          readonly weightDecay?: number
          readonly learningRateFactor?: number
        }[]
      }
    | { readonly kind: 'adam'; readonly weightDecay: number }
  readonly rate: RateSchedule
  /** ends the run after so many checks without a better validation loss; null: never */
  readonly stopAfter: number | null
  /** ends the run at the first check whose training error, in percent, is no higher; without it: never */
  readonly stopBelow?: number
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

/** How the learning rate goes. */
export type RateSchedule =
  | { readonly kind: 'constant'; readonly rate: number }
  /** linear warm-up over `warmup` of the run, then half a cosine to 0 */
  | { readonly kind: 'cosine'; readonly rate: number; readonly warmup: number }
  /** multiplied by `factor` after `patience` checks without a better validation loss, or what `watch` names */
  | {
      readonly kind: 'plateau'
      readonly rate: number
      readonly factor: number
      readonly patience: number
      readonly watch?: 'validationTop1'
      /** reductions at most; without it any number */
      readonly times?: number
    }

/** A rate schedule over `steps` updates, and the plateau rule where it has one. */
export const rateSchedule = (
  rate: RateSchedule,
  steps: number,
): {
  readonly schedule: Schedule
  readonly plateau: Plateau | undefined
  /** The metric that the plateau rule watches, where it is not fit's own choice. */
  readonly plateauMetric?: string
} => {
  switch (rate.kind) {
    case 'constant':
      return { schedule: constant(rate.rate), plateau: undefined }
    case 'cosine': {
      const whole = cosine({ learningRate: rate.rate, steps })
      const rising = Math.round(rate.warmup * steps)
      return {
        schedule: rising < 1 ? whole : warmup(whole, { steps: rising, from: 1 / rising }),
        plateau: undefined,
      }
    }
    case 'plateau': {
      const { rate: first, factor, patience, times, watch } = rate
      const least = times === undefined ? 0 : first * factor ** times
      return {
        schedule: constant(first),
        plateau: reduceOnPlateau({ factor, patience, minLearningRate: least }),
        ...(watch && { plateauMetric: watch }),
      }
    }
    default:
      return rate satisfies never
  }
}

/** The optimizer of a learning rule. */
export const makeOptimizer = ({ optimizer }: Learning): Optimizer => {
  switch (optimizer.kind) {
    case 'sgd': {
      const { form, momentum, weightDecay, groups } = optimizer
      return sgd({ form, momentum, weightDecay, ...(groups && { groups }) })
    }
    case 'adam':
      return adam({ weightDecay: optimizer.weightDecay })
    default:
      return optimizer satisfies never
  }
}

/** When a run ends before its length: the rule, and the metric that it watches. */
export const makeStopping = ({
  stopAfter,
  stopBelow,
}: Learning): { readonly rule: EarlyStopping; readonly metric?: string } | undefined => {
  if (stopBelow !== undefined) return { rule: belowTarget(stopBelow), metric: 'trainTop1' }
  return stopAfter === null ? undefined : { rule: earlyStopping({ patience: stopAfter }) }
}

/** Stops a run at the first check that finds its metric at `target` or below. */
const belowTarget = (target: number): EarlyStopping => ({
  spec: { kind: 'belowTarget', target },
  init: () => ({ best: null, bestCheck: -1, checks: 0, badChecks: 0, stopped: false }),
  update: (state, metric) => ({
    ...state,
    best: metric,
    bestCheck: state.checks,
    checks: state.checks + 1,
    stopped: state.stopped || metric <= target,
  }),
})
