import { unitFiles } from '#unit-files'
import { disposeParams } from '@retable/core'
import { defineUnit } from '@retable/harness'
import type { UnitFactory } from '@retable/harness'
import { loadSafetensors } from '@retable/models'
import { fuse, unpackPrediction } from '@retable/training'
import type { Prediction } from '@retable/training'
import { fusionEstimate } from './estimates.js'
import { scoresOf } from './evaluate-net.js'

/** Which of the stored examples count. */
export type FuseConfig = {
  /** the first so many; null: all */
  readonly limit: number | null
}

/** The first `limit` examples of a prediction; all of them if it is null or more than there are. */
export const firstOf = (prediction: Prediction, limit: number | null): Prediction => {
  const { count, classes, posteriors, losses, labels, indices } = prediction
  if (limit === null || limit >= count) return prediction
  return {
    count: limit,
    classes,
    posteriors: posteriors.slice(0, limit * classes),
    losses: losses.slice(0, limit),
    labels: labels.slice(0, limit),
    indices: indices.slice(0, limit),
  }
}

/**
 * Averages the stored posteriors of all needed tests, equally (VGG §3.2, §4.4, §4.5; AlexNet §6): no net runs.
 * Metrics and extra as `scoresOf`.
 */
export const fusePredictions: UnitFactory<FuseConfig> = defineUnit<FuseConfig>({
  kind: 'fuse-predictions',
  version: 1,
  estimate: fusionEstimate,
  run: async ({ config, needs }) => {
    const predictions: Prediction[] = []
    for (const test of Object.values(needs)) {
      predictions.push(firstOf(await readPrediction(test.artifacts['posteriors']!), config.limit))
    }
    return scoresOf(fuse(predictions))
  },
})

/** A prediction from a posteriors artifact. */
export const readPrediction = async (path: string): Promise<Prediction> => {
  const tensors = loadSafetensors(await unitFiles.readBytes(path))
  try {
    return await unpackPrediction(tensors)
  } finally {
    disposeParams(tensors)
  }
}
