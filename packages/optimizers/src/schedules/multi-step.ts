import { checkOptions, RetableError } from '@retable/core'
import { checkInteger, checkNonNegative } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link multiStep}. */
export interface MultiStepOptions {
  /** The first learning rate. */
  readonly learningRate: number
  /** The epochs at which the rate falls, ascending (steps, if `stepsPerEpoch` is left at 1); one named twice counts twice. */
  readonly milestones: readonly number[]
  /** Multiplies the rate at each. Default 0.1. */
  readonly factor?: number
  /** Updates per epoch. Default 1: everything counts in steps. */
  readonly stepsPerEpoch?: number
}

/**
 * The rate multiplied by `factor` at each milestone, torch.optim.lr_scheduler.MultiStepLR.
 *
 * @throws RetableError `invalid-argument` if an option is out of range or the milestones do not ascend.
 * @example
 * multiStep({ learningRate: 0.01, milestones: [40, 60, 70], stepsPerEpoch: 5005 })
 */
export const multiStep = (options: MultiStepOptions): Schedule => {
  checkOptions('multiStep', options, {
    learningRate: true,
    milestones: true,
    factor: true,
    stepsPerEpoch: true,
  })
  const { learningRate, milestones, factor = 0.1, stepsPerEpoch = 1 } = options
  checkNonNegative('learningRate', learningRate)
  checkNonNegative('factor', factor)
  checkInteger('stepsPerEpoch', stepsPerEpoch, 1)
  const listed: unknown = milestones
  if (!Array.isArray(listed)) {
    throw new RetableError(
      'invalid-argument',
      `milestones is a list of epochs, found ${String(milestones)}`,
    )
  }
  milestones.forEach((milestone, i) => {
    checkNonNegative(`milestones[${i}]`, milestone)
    if (i > 0 && milestone < milestones[i - 1]!) {
      throw new RetableError(
        'invalid-argument',
        `milestones ascend, found ${milestones[i - 1]} before ${milestone}`,
      )
    }
  })
  return withSpec(
    (step) => learningRate * factor ** milestones.filter((at) => at * stepsPerEpoch <= step).length,
    { kind: 'multiStep', learningRate, milestones: [...milestones], factor, stepsPerEpoch },
  )
}
