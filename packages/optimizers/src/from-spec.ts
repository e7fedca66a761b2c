import { fromSpec, type JsonOf, type Specs } from '@retable/core'
import { adam, adamw, type AdamOptions } from './adam.js'
import { withClipping, type Clipping } from './clip.js'
import { earlyStopping, type EarlyStopping, type EarlyStoppingOptions } from './early-stopping.js'
import type { Optimizer } from './optimizer.js'
import { reduceOnPlateau, type Plateau, type ReduceOnPlateauOptions } from './reduce-on-plateau.js'
import { constant } from './schedules/constant.js'
import { cosine, type CosineOptions } from './schedules/cosine.js'
import { exponential, type ExponentialOptions } from './schedules/exponential.js'
import { multiStep, type MultiStepOptions } from './schedules/multi-step.js'
import { oneCycle, type OneCycleOptions } from './schedules/one-cycle.js'
import { polynomial, type PolynomialOptions } from './schedules/polynomial.js'
import type { Schedule } from './schedules/schedule.js'
import { stepDecay, type StepDecayOptions } from './schedules/step-decay.js'
import { warmup, type WarmupOptions } from './schedules/warmup.js'
import { sgd, type SgdOptions } from './sgd.js'
import type { Spec } from './spec.js'
import { stopAt, type StopAtOptions } from './stop-at.js'

/** An optimizer as plain JSON: `{ kind: 'sgd', momentum: 0.9 }`. A new one is a line here and one in `optimizers` below. */
export type OptimizerSpec =
  | Specs<{ sgd: SgdOptions; adam: AdamOptions; adamw: AdamOptions }>
  | ({ readonly kind: 'withClipping'; readonly optimizer: OptimizerSpec } & Clipping)

const optimizers = {
  sgd,
  adam,
  adamw,
  withClipping: ({ optimizer, ...clipping }: Clipping & { readonly optimizer: OptimizerSpec }) =>
    withClipping(optimizerFromSpec(optimizer), clipping),
}

/**
 * The optimizer that `spec` describes: `optimizerFromSpec(o.spec)` does what `o` does, also after the spec has been through
 * JSON.
 *
 * @throws RetableError `unknown-name` for an unknown kind, `invalid-argument` for options that it does not take.
 * @example
 * optimizerFromSpec({ kind: 'withClipping', globalNorm: 1, optimizer: { kind: 'sgd', momentum: 0.9 } })
 */
export const optimizerFromSpec = (spec: OptimizerSpec | Spec): Optimizer =>
  fromSpec('optimizer', optimizers, spec)

/** A learning rate by step as plain JSON: `{ kind: 'cosine', learningRate: 0.1, steps: 7820 }`. */
export type ScheduleSpec =
  | Specs<{
      constant: { readonly learningRate: number }
      cosine: CosineOptions
      exponential: ExponentialOptions
      multiStep: MultiStepOptions
      oneCycle: OneCycleOptions
      polynomial: PolynomialOptions
      stepDecay: StepDecayOptions
    }>
  | ({ readonly kind: 'warmup'; readonly schedule: ScheduleSpec } & JsonOf<WarmupOptions>)

const schedules = {
  constant: ({ learningRate }: { readonly learningRate: number }) => constant(learningRate),
  cosine,
  exponential,
  multiStep,
  oneCycle,
  polynomial,
  stepDecay,
  warmup: ({ schedule, ...options }: WarmupOptions & { readonly schedule: ScheduleSpec }) =>
    warmup(scheduleFromSpec(schedule), options),
}

/**
 * The schedule that `spec` describes; see {@link optimizerFromSpec}.
 *
 * @throws RetableError as {@link optimizerFromSpec}.
 * @example
 * scheduleFromSpec({ kind: 'warmup', steps: 70, from: 0, schedule: { kind: 'constant', learningRate: 0.01 } })
 */
export const scheduleFromSpec = (spec: ScheduleSpec | Spec): Schedule =>
  fromSpec('schedule', schedules, spec)

/** {@link reduceOnPlateau} as plain JSON. */
export type PlateauSpec = Specs<{ reduceOnPlateau: ReduceOnPlateauOptions }>

/** The plateau rule that `spec` describes; throws as {@link optimizerFromSpec}. */
export const plateauFromSpec = (spec: PlateauSpec | Spec): Plateau =>
  fromSpec('plateau rule', { reduceOnPlateau }, spec)

/** A rule that ends a run early as plain JSON: `{ kind: 'earlyStopping', patience: 5 }`. */
export type StoppingSpec = Specs<{ earlyStopping: EarlyStoppingOptions; stopAt: StopAtOptions }>

/** The stopping rule that `spec` describes; throws as {@link optimizerFromSpec}. */
export const stoppingFromSpec = (spec: StoppingSpec | Spec): EarlyStopping =>
  fromSpec('stopping rule', { earlyStopping, stopAt }, spec)
