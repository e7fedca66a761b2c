import { checkOptions } from '@retable/core'
import { checkInteger, checkNonNegative } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link cosine}. */
export interface CosineOptions {
  /** The first learning rate. */
  readonly learningRate: number
  /** Steps from the first rate to the last. */
  readonly steps: number
  /** The last rate, kept from then on. Default 0. */
  readonly final?: number
}

/**
 * Half a cosine from the first rate to the last: final + (ε − final)·(1 + cos(π·t/steps))/2,
 * torch.optim.lr_scheduler.CosineAnnealingLR up to its T_max. After that the last rate stays, where PyTorch's
 * rises again.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * cosine({ learningRate: 0.1, steps: 7820 })
 */
export const cosine = (options: CosineOptions): Schedule => {
  checkOptions('cosine', options, { learningRate: true, steps: true, final: true })
  const { learningRate, steps, final = 0 } = options
  checkNonNegative('learningRate', learningRate)
  checkInteger('steps', steps, 1)
  checkNonNegative('final', final)
  return withSpec(
    (step) =>
      step >= steps
        ? final
        : final + ((learningRate - final) * (1 + Math.cos((Math.PI * step) / steps))) / 2,
    { kind: 'cosine', learningRate, steps, final },
  )
}
