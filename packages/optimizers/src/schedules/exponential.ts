import { checkOptions } from '@retable/core'
import { checkInteger, checkNonNegative } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link exponential}. */
export interface ExponentialOptions {
  /** The first learning rate. */
  readonly learningRate: number
  /** Multiplies the rate after each epoch (step, if `stepsPerEpoch` is left at 1). */
  readonly factor: number
  /** Updates per epoch. Default 1: everything counts in steps. */
  readonly stepsPerEpoch?: number
}

/**
 * The rate multiplied by `factor` after each epoch: ε·factor^⌊t⌋, torch.optim.lr_scheduler.ExponentialLR.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * exponential({ learningRate: 0.1, factor: 0.95, stepsPerEpoch: 391 })
 */
export const exponential = (options: ExponentialOptions): Schedule => {
  checkOptions('exponential', options, {
    learningRate: true,
    factor: true,
    stepsPerEpoch: true,
  })
  const { learningRate, factor, stepsPerEpoch = 1 } = options
  checkNonNegative('learningRate', learningRate)
  checkNonNegative('factor', factor)
  checkInteger('stepsPerEpoch', stepsPerEpoch, 1)
  return withSpec((step) => learningRate * factor ** Math.floor(step / stepsPerEpoch), {
    kind: 'exponential',
    learningRate,
    factor,
    stepsPerEpoch,
  })
}
