import { RetableError } from '@retable/core'
import { defineUnit } from '@retable/harness'
import type { NeededResult, UnitFactory } from '@retable/harness'
import { whyDiverged } from './diverged.js'
import { epochsTo } from './epochs-to.js'
import { trainingEstimate } from './estimates.js'
import { trainNet } from './train-net.js'
import type { TrainConfig } from './configs.js'

/** A net to train, and the rates to choose from. */
export type BestRateConfig = {
  /** its schedule is a constant rate, and replaced by the chosen one */
  readonly train: TrainConfig
  /** the rates that were tried; the needed unit `rate-<i>` is the net trained at the i-th */
  readonly rates: readonly number[]
  /** training error in percent to come down to */
  readonly target: number
}

/** A rate that was tried, and what came of it. */
export type Trial = {
  readonly rate: number
  /** epochs to the target; null if it was not reached */
  readonly epochs: number | null
  /** the least training error of the curve, in percent */
  readonly least: number
}

/** The trial that reached the target first; if none did, the one that came nearest. */
export const bestTrial = (trials: readonly Trial[]): Trial => {
  const [first] = [...trials].sort(
    (a, b) => (a.epochs ?? Infinity) - (b.epochs ?? Infinity) || a.least - b.least,
  )
  if (!first) throw new RetableError('invalid-argument', 'there are no rates to choose from')
  return first
}

/** The same configuration at another constant rate. */
export const atRate = (train: TrainConfig, rate: number): TrainConfig => ({
  ...train,
  learning: { ...train.learning, schedule: { kind: 'constant', learningRate: rate } },
})

/** A net that diverged has no curve, and counts as one that never learnt. */
export const trialOf = (
  rate: number,
  { curve }: Pick<NeededResult, 'curve'>,
  target: number,
): Trial => ({
  rate,
  epochs: epochsTo(curve, target) ?? null,
  least: Math.min(100, ...curve.flatMap((point) => point['trainTop1'] ?? [])),
})

/**
 * Trains a net at a rate that is tried, as `trainNet`; of one that diverges nothing is kept but the metric `diverged` of 1:
 * it is no run that counts, and marks no number of a report.
 */
export const tryRate: UnitFactory<TrainConfig> = defineUnit<TrainConfig>({
  kind: 'try-rate',
  version: 2,
  estimate: ({ config }) => trainingEstimate(config as TrainConfig),
  run: async (context) => {
    const made = await trainNet.definition.run(context)
    return whyDiverged(made) === undefined
      ? { ...made, metrics: { ...made.metrics, diverged: 0 } }
      : { metrics: { diverged: 1 } }
  },
})

/**
 * Trains a net at the rate of those tried (AlexNet, Figure 1: "the learning rates for each network were chosen
 * independently to make training as fast as possible"). As `trainNet`, with metric `epochsToTarget` if it gets
 * there, metric `rate`, and extra `trials`.
 */
export const trainAtBestRate: UnitFactory<BestRateConfig> = defineUnit<BestRateConfig>({
  kind: 'train-at-best-rate',
  version: 2,
  estimate: ({ config }) => trainingEstimate((config as BestRateConfig).train),
  run: async (context) => {
    const { train, rates, target } = context.config
    const trials = rates.map((rate, i) => trialOf(rate, context.needs[`rate-${i}`]!, target))
    const { rate } = bestTrial(trials)
    const made = await trainNet.definition.run({
      ...context,
      config: atRate(train, rate),
      needs: {},
    })
    const epochs = whyDiverged(made) === undefined ? epochsTo(made.curve ?? [], target) : undefined
    return {
      ...made,
      metrics: {
        ...made.metrics,
        rate,
        ...(epochs !== undefined && { epochsToTarget: epochs }),
      },
      extra: { ...made.extra, trials },
    }
  },
})
