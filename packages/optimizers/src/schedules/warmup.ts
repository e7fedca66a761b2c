import { checkOptions, RetableError } from '@retable/core'
import { checkFraction, checkInteger } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link warmup}. */
export interface WarmupOptions {
  /** Steps until the whole rate is reached. */
  readonly steps: number
  /** The fraction of the rate at step 0, from 0 to 1. Default 1/3, PyTorch's. */
  readonly from?: number
  /** Whether the schedule itself starts at 0 only after the warm-up. Default false: it runs from step 0. */
  readonly delay?: boolean
}

/**
 * A linear rise from a fraction of the rate to the whole of it, before or during another schedule.
 *
 * rate(t) = schedule(t)·(from + (1 − from)·min(t, steps)/steps), torch's LinearLR chained with the schedule. With
 * `delay`, schedule(0)·(…) during the warm-up and schedule(t − steps) after, torch's SequentialLR.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * warmup(cosine({ learningRate: 0.1, steps: 7820 }), { steps: 390, from: 0 })
 */
export const warmup = (schedule: Schedule, options: WarmupOptions): Schedule => {
  if (typeof schedule !== 'function') {
    throw new RetableError(
      'invalid-argument',
      `warmup takes a schedule, such as constant(0.1), found ${String(schedule)}`,
    )
  }
  checkOptions('warmup', options, {
    steps: true,
    from: true,
    delay: true,
  })
  const { steps, from = 1 / 3, delay = false } = options
  checkInteger('steps', steps, 1)
  checkFraction('from', from)
  return withSpec(
    (step) => {
      const rate = delay ? schedule(Math.max(0, step - steps)) : schedule(step)
      return step >= steps ? rate : rate * (from + ((1 - from) * step) / steps)
    },
    { kind: 'warmup', steps, from, delay, schedule: schedule.spec },
  )
}
