import { checkOptions, RetableError } from '@retable/core'
import type { EarlyStopping } from './early-stopping.js'
import { checkImprovement, isBetter, type MetricMode } from './is-better.js'

/** Options of {@link stopAt}. */
export interface StopAtOptions {
  /** The metric to reach. */
  readonly target: number
  /** Whether the metric is better when lower or higher. Default 'min'. */
  readonly mode?: MetricMode
}

/**
 * Stops a run at the first check whose metric is at the target or better: AlexNet's Figure 1 trains to 25% training error.
 * A metric that is NaN stops nothing.
 *
 * @throws RetableError `invalid-argument` if the target is no finite number or the mode is unknown.
 * @example
 * const stopping = stopAt({ target: 25 })
 * stopping.update(stopping.init(), 24.8).stopped // true
 */
export const stopAt = (options: StopAtOptions): EarlyStopping => {
  checkOptions('stopAt', options, { target: true, mode: true })
  const { target, mode = 'min' } = options
  const improvement = { mode, threshold: 0, thresholdMode: 'abs' } as const
  checkImprovement(improvement)
  if (!Number.isFinite(target)) {
    throw new RetableError('invalid-argument', `target is a finite number, found ${target}`)
  }
  const reached = (metric: number) => (mode === 'min' ? metric <= target : metric >= target)
  return {
    spec: { kind: 'stopAt', target, mode },
    init: () => ({ best: null, bestCheck: -1, checks: 0, badChecks: 0, stopped: false }),
    update: (state, metric) => {
      const better = isBetter(metric, state.best, improvement)
      return {
        best: better ? metric : state.best,
        bestCheck: better ? state.checks : state.bestCheck,
        checks: state.checks + 1,
        badChecks: better ? 0 : state.badChecks + 1,
        stopped: state.stopped || reached(metric),
      }
    },
  }
}
