import type { OptimizerSpec } from '@retable/optimizers'
import type { Learning } from './units/learning.js'

/** What decides how a net of either paper learns. */
export type LearningSettings = {
  /** images per update */
  readonly batchSize: number
  /** updates a net */
  readonly steps: number
  /** the rate that the schedule starts from */
  readonly learningRate: number
  /** how the rate falls: along a cosine after a warm-up over a tenth, or ÷10 on a plateau of the validation error */
  readonly schedule: 'cosine' | 'plateau'
  /** gradients are scaled down to this norm over all parameters; null: they are not, as in the papers */
  readonly clipNorm: number | null
}

/** Epochs without a better validation error before the rate falls; neither paper says. */
const plateauPatience = 5

/** How often the rate is divided by 10: both papers say three times. */
const reductions = 3

/** The rule of both papers: momentum 0.9, weight decay 5·10⁻⁴ (VGG §3.1, AlexNet §5), in AlexNet's form. */
const papersRule: OptimizerSpec = {
  kind: 'sgd',
  form: 'krizhevsky',
  momentum: 0.9,
  weightDecay: 5e-4,
}

/** An optimizer whose gradients are clipped, if a norm is given. */
const clipped = (optimizer: OptimizerSpec, norm: number | null): OptimizerSpec =>
  norm === null ? optimizer : { kind: 'withClipping', globalNorm: norm, optimizer }

/** A linear warm-up over the first tenth of the updates, and half a cosine to 0 over all of them. */
const warmCosine = (learningRate: number, steps: number): Learning['schedule'] => {
  const cosine = { kind: 'cosine', learningRate, steps } as const
  const rising = Math.round(steps / 10)
  return rising < 1 ? cosine : { kind: 'warmup', steps: rising, from: 1 / rising, schedule: cosine }
}

/** How both papers' nets learn; `rate` for a learning rate other than the settings'. */
export const learningOf = (
  settings: LearningSettings,
  rate: number = settings.learningRate,
): Learning => {
  const { batchSize, steps, schedule, clipNorm } = settings
  const rule = { batchSize, length: { steps }, optimizer: clipped(papersRule, clipNorm) }
  if (schedule === 'cosine') return { ...rule, schedule: warmCosine(rate, steps) }
  return {
    ...rule,
    schedule: { kind: 'constant', learningRate: rate },
    plateau: {
      rule: {
        kind: 'reduceOnPlateau',
        factor: 0.1,
        patience: plateauPatience,
        minLearningRate: rate * 0.1 ** reductions,
      },
      metric: 'validationTop1',
    },
  }
}
