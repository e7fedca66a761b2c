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
  /** how long: updates, or passes over the training images */
  readonly length: { readonly steps: number } | { readonly epochs: number }
  readonly optimizer:
    | {
        readonly kind: 'sgd'
        readonly form: 'krizhevsky' | 'pytorch'
        readonly momentum: number
        readonly weightDecay: number
      }
    | { readonly kind: 'adam'; readonly weightDecay: number }
  readonly rate: RateSchedule
  /** ends the run after so many checks without a better validation loss; null: never */
  readonly stopAfter: number | null
}

/** How the learning rate goes. */
export type RateSchedule =
  | { readonly kind: 'constant'; readonly rate: number }
  /** linear warm-up over `warmup` of the run, then half a cosine to 0 */
  | { readonly kind: 'cosine'; readonly rate: number; readonly warmup: number }
  /** multiplied by `factor` after `patience` checks without a better validation loss */
  | {
      readonly kind: 'plateau'
      readonly rate: number
      readonly factor: number
      readonly patience: number
    }

/** A rate schedule over `steps` updates, and the plateau rule where it has one. */
export const rateSchedule = (
  rate: RateSchedule,
  steps: number,
): { readonly schedule: Schedule; readonly plateau: Plateau | undefined } => {
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
    case 'plateau':
      return {
        schedule: constant(rate.rate),
        plateau: reduceOnPlateau({ factor: rate.factor, patience: rate.patience }),
      }
    default:
      return rate satisfies never
  }
}

/** The optimizer of a learning rule. */
export const makeOptimizer = ({ optimizer }: Learning): Optimizer => {
  switch (optimizer.kind) {
    case 'sgd': {
      const { form, momentum, weightDecay } = optimizer
      return sgd({ form, momentum, weightDecay })
    }
    case 'adam':
      return adam({ weightDecay: optimizer.weightDecay })
    default:
      return optimizer satisfies never
  }
}

/** The early stopping of a learning rule, where it has one. */
export const makeStopping = ({ stopAfter }: Learning): EarlyStopping | undefined =>
  stopAfter === null ? undefined : earlyStopping({ patience: stopAfter })
