import { checkNonNegative } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/**
 * The same learning rate at every step.
 *
 * @throws RetableError `invalid-argument` if the rate is negative, NaN or infinite.
 * @example
 * constant(0.01)(123) // 0.01
 */
export const constant = (learningRate: number): Schedule => {
  checkNonNegative('learningRate', learningRate)
  return withSpec(() => learningRate, { kind: 'constant', learningRate })
}
