import { checkOptions } from '@retable/core'
import { checkInteger, checkNonNegative } from './checks.js'
import { checkImprovement, isBetter, type MetricMode, type ThresholdMode } from './is-better.js'
import type { Spec } from './spec.js'

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions {
  /** Whether the metric is better when lower or higher. Default 'min'. */
  readonly mode?: MetricMode
  /** Checks in a row without improvement that stop the run, at least 1. Default 5. */
  readonly patience?: number
  /** By how much a metric must beat the best to count. Default 0. */
  readonly threshold?: number
  /** Whether the threshold is a fraction of the best or an amount. Default 'abs'. */
  readonly thresholdMode?: ThresholdMode
}

/** What {@link earlyStopping} remembers: a plain JSON record. */
export interface EarlyStoppingState {
  /** The best metric so far; null before the first. */
  readonly best: number | null
  /** The check that found it, counted from 0; −1 before the first. */
  readonly bestCheck: number
  /** Checks made. */
  readonly checks: number
  /** Checks in a row without improvement. */
  readonly badChecks: number
  /** Whether the run is to stop. */
  readonly stopped: boolean
}

/** The rule that {@link earlyStopping} makes. */
export interface EarlyStopping {
  /** The rule as plain JSON, for `stoppingFromSpec`. */
  readonly spec: Spec
  /** The state before the first check. */
  init(): EarlyStoppingState
  /** The state after a check that found `metric`. Once stopped, it stays so. */
  update(state: EarlyStoppingState, metric: number): EarlyStoppingState
}

/**
 * Stops a run after `patience` checks in a row without a better metric: a pure state machine.
 *
 * PyTorch itself has none; this is the rule of its users (Ignite's and Lightning's handlers), with the
 * comparison of its ReduceLROnPlateau. A metric that is NaN or infinite counts as no improvement.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * const stopping = earlyStopping({ patience: 5 })
 * let state = stopping.init()
 * state = stopping.update(state, validationLoss)
 * if (state.stopped) { … }
 */
export const earlyStopping = (options: EarlyStoppingOptions = {}): EarlyStopping => {
  checkOptions('earlyStopping', options, {
    mode: true,
    patience: true,
    threshold: true,
    thresholdMode: true,
  })
  const { mode = 'min', patience = 5, threshold = 0, thresholdMode = 'abs' } = options
  const improvement = { mode, threshold, thresholdMode }
  checkImprovement(improvement)
  checkInteger('patience', patience, 1)
  checkNonNegative('threshold', threshold)
  return {
    spec: { kind: 'earlyStopping', mode, patience, threshold, thresholdMode },
    init: () => ({ best: null, bestCheck: -1, checks: 0, badChecks: 0, stopped: false }),
    update: (state, metric) => {
      const better = isBetter(metric, state.best, improvement)
      const badChecks = better ? 0 : state.badChecks + 1
      return {
        best: better ? metric : state.best,
        bestCheck: better ? state.checks : state.bestCheck,
        checks: state.checks + 1,
        badChecks,
        stopped: state.stopped || badChecks >= patience,
      }
    },
  }
}
