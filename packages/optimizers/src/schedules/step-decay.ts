import { checkOptions } from '@retable/core'
import { checkInteger, checkNonNegative } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link stepDecay}. */
export interface StepDecayOptions {
  /** The first learning rate. */
  readonly learningRate: number
  /** Epochs between two decays (steps, if `stepsPerEpoch` is left at 1). */
  readonly every: number
  /** Multiplies the rate each time. Default 0.1. */
  readonly factor?: number
  /** Updates per epoch. Default 1: everything counts in steps. */
  readonly stepsPerEpoch?: number
}

/**
 * The rate multiplied by `factor` every so many epochs: ε·factor^⌊t/every⌋, torch.optim.lr_scheduler.StepLR.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * stepDecay({ learningRate: 0.01, every: 30, stepsPerEpoch: 391 })
 */
export const stepDecay = (options: StepDecayOptions): Schedule => {
  checkOptions('stepDecay', options, {
    learningRate: true,
    every: true,
    factor: true,
    stepsPerEpoch: true,
  })
  const { learningRate, every, factor = 0.1, stepsPerEpoch = 1 } = options
  checkNonNegative('learningRate', learningRate)
  checkInteger('every', every, 1)
  checkNonNegative('factor', factor)
  checkInteger('stepsPerEpoch', stepsPerEpoch, 1)
  return withSpec((step) => learningRate * factor ** Math.floor(step / (every * stepsPerEpoch)), {
    kind: 'stepDecay',
    learningRate,
    every,
    factor,
    stepsPerEpoch,
  })
}
