import { checkOptions, RetableError } from '@retable/core'
import { checkInteger, checkNonNegative } from './checks.js'
import { checkImprovement, isBetter, type MetricMode, type ThresholdMode } from './is-better.js'
import type { Spec } from './spec.js'

/** Options of {@link reduceOnPlateau}; names, meaning and defaults are PyTorch's. */
export interface ReduceOnPlateauOptions {
  /** Whether the metric is better when lower or higher. Default 'min'. */
  readonly mode?: MetricMode
  /** Multiplies the learning rate, below 1. Default 0.1. */
  readonly factor?: number
  /** Checks without improvement that are let pass; the next one reduces. Default 10. */
  readonly patience?: number
  /** By how much a metric must beat the best to count. Default 1e-4. */
  readonly threshold?: number
  /** Whether the threshold is a fraction of the best or an amount. Default 'rel'. */
  readonly thresholdMode?: ThresholdMode
  /** Checks after a reduction during which nothing is counted. Default 0. */
  readonly cooldown?: number
  /** The rate is never reduced below this. Default 0. */
  readonly minLearningRate?: number
  /** A reduction by no more than this is not made. Default 1e-8. */
  readonly epsilon?: number
}

/** What {@link reduceOnPlateau} remembers: a plain JSON record. */
export interface PlateauState {
  /** What the schedule's rate is multiplied by; 1 until the first reduction. */
  readonly scale: number
  /** The best metric so far; null before the first. */
  readonly best: number | null
  /** Checks in a row without improvement. */
  readonly badChecks: number
  /** Checks left of the cooldown. */
  readonly cooldownLeft: number
  /** Reductions made. */
  readonly reductions: number
}

/** The rule that {@link reduceOnPlateau} makes. */
export interface Plateau {
  /** The rule as plain JSON, for `plateauFromSpec`. */
  readonly spec: Spec
  /** The state before the first check. */
  init(): PlateauState
  /** The state after a check that found `metric`, at the learning rate in force (the schedule's times `state.scale`). */
  update(state: PlateauState, metric: number, learningRate: number): PlateauState
}

/**
 * Reduces the learning rate when a metric stops improving: a pure state machine, torch's ReduceLROnPlateau.
 *
 * The rate in force is schedule(step)·state.scale. Each check compares the metric with the best so far; after more
 * than `patience` checks in a row without improvement the rate becomes max(rate·factor, minLearningRate), then
 * `cooldown` checks do not count. VGG (§3.1) divides by 10 when validation accuracy stops improving:
 * `{ mode: 'max', factor: 0.1 }`. A metric that is NaN or infinite counts as no improvement.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * const plateau = reduceOnPlateau({ factor: 0.2, patience: 5 })
 * let state = plateau.init()
 * state = plateau.update(state, validationLoss, 0.001 * state.scale)
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions = {}): Plateau => {
  checkOptions('reduceOnPlateau', options, {
    mode: true,
    factor: true,
    patience: true,
    threshold: true,
    thresholdMode: true,
    cooldown: true,
    minLearningRate: true,
    epsilon: true,
  })
  const {
    mode = 'min',
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    thresholdMode = 'rel',
    cooldown = 0,
    minLearningRate = 0,
    epsilon = 1e-8,
  } = options
  const improvement = { mode, threshold, thresholdMode }
  checkImprovement(improvement)
  if (!(factor >= 0 && factor < 1)) {
    throw new RetableError('invalid-argument', `factor is at least 0 and below 1, found ${factor}`)
  }
  checkInteger('patience', patience, 0)
  checkNonNegative('threshold', threshold)
  checkInteger('cooldown', cooldown, 0)
  checkNonNegative('minLearningRate', minLearningRate)
  checkNonNegative('epsilon', epsilon)
  return {
    spec: {
      kind: 'reduceOnPlateau',
      mode,
      factor,
      patience,
      threshold,
      thresholdMode,
      cooldown,
      minLearningRate,
      epsilon,
    },
    init: () => ({ scale: 1, best: null, badChecks: 0, cooldownLeft: 0, reductions: 0 }),
    update: (state, metric, learningRate) => {
      checkNonNegative('the learning rate', learningRate)
      const better = isBetter(metric, state.best, improvement)
      const best = better ? metric : state.best
      const cooling = state.cooldownLeft > 0
      const cooldownLeft = cooling ? state.cooldownLeft - 1 : 0
      const badChecks = better || cooling ? 0 : state.badChecks + 1
      if (badChecks <= patience) return { ...state, best, badChecks, cooldownLeft }
      const reduced = Math.max(learningRate * factor, minLearningRate)
      const worthwhile = learningRate - reduced > epsilon
      return {
        scale: worthwhile ? state.scale * (reduced / learningRate) : state.scale,
        best,
        badChecks: 0,
        cooldownLeft: cooldown,
        reductions: state.reductions + (worthwhile ? 1 : 0),
      }
    },
  }
}
