import { checkOptions } from '@retable/core'
import { checkInteger, checkNonNegative, checkPositive } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link polynomial}. */
export interface PolynomialOptions {
  /** The first learning rate. */
  readonly learningRate: number
  /** Steps from the first rate to the last. */
  readonly steps: number
  /** The exponent; 1 is a straight line. Default 1. */
  readonly power?: number
  /** The last rate, kept from then on. Default 0. */
  readonly final?: number
}

/**
 * A power of the time left: final + (ε − final)·(1 − min(t, steps)/steps)^power,
 * torch.optim.lr_scheduler.PolynomialLR (which has no `final`).
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * polynomial({ learningRate: 0.01, steps: 10_000, power: 0.9 })
 */
export const polynomial = (options: PolynomialOptions): Schedule => {
  checkOptions('polynomial', options, {
    learningRate: true,
    steps: true,
    power: true,
    final: true,
  })
  const { learningRate, steps, power = 1, final = 0 } = options
  checkNonNegative('learningRate', learningRate)
  checkInteger('steps', steps, 1)
  checkPositive('power', power)
  checkNonNegative('final', final)
  return withSpec(
    (step) => final + (learningRate - final) * (1 - Math.min(step, steps) / steps) ** power,
    { kind: 'polynomial', learningRate, steps, power, final },
  )
}
