import { unitFiles } from '#unit-files'
import { disposeParams, isRetableError } from '@retable/core'
import type { Params } from '@retable/core'
import { defineUnit } from '@retable/harness'
import type { JsonObject, UnitFactory } from '@retable/harness'
import { modelFromSpec } from '@retable/models'
import { batchesBySize, packPrediction, predict, protocolFromSpec, score } from '@retable/training'
import type { Prediction } from '@retable/training'
import type { OpenedDataset } from '../data/data-request.js'
import type { EvaluateConfig } from './configs.js'
import { zeroed } from './diverged.js'
import { testEstimate } from './estimates.js'
import { statisticsFrom, testTransform } from './input.js'
import { limited } from './select.js'
import { readWeights } from './train-net.js'

/** Images a batch: 50, and fewer of large ones, so that a batch of maps of 64 channels takes 256 MB at most. */
const batchSizeAt = (Q: number): number => Math.max(1, Math.min(50, Math.floor(2 ** 20 / Q ** 2)))

/** Classes up to which a confusion matrix is kept: a thousand would be a million numbers. */
const mostConfused = 100

/** What a test reports of its posteriors: `top1`, `top5` (errors in percent) and `loss`; extra `confusion`. */
export const scoresOf = (
  prediction: Prediction,
): { readonly metrics: Readonly<Record<string, number>>; readonly extra: JsonObject } => {
  const { top1Error, top5Error, loss, confusion, classes } = score(prediction)
  return {
    metrics: { top1: top1Error, top5: top5Error, loss },
    extra: classes > mostConfused ? {} : { confusion: [...confusion] },
  }
}

/**
 * Tests a trained net. Metrics and extra as {@link scoresOf}; artifact `posteriors` (safetensors, as `packPrediction`
 * writes it), so that scales, protocols and nets are fused without running a net again. A net whose scores are no numbers has
 * diverged: it counts as one whose weights are all 0, and extra `diverged` says why.
 */
export const evaluateNet: UnitFactory<EvaluateConfig> = defineUnit<EvaluateConfig>({
  kind: 'evaluate-net',
  version: 3,
  estimate: (unit) => testEstimate(unit, batchSizeAt),
  run: async (context) => {
    const { config, needs, signal } = context
    const { scale, pixels, square } = config
    const trained = needs['net']!
    const { dataset } = await context.data<OpenedDataset>(config.data)
    const test = limited(dataset, config.limit)
    const model = modelFromSpec(config.net)
    const testOf = (params: Params) =>
      predict({
        model,
        params,
        data: batchesBySize(test, {
          batchSize: batchSizeAt(scale),
          prepare: testTransform(scale, pixels, statisticsFrom(trained.extra), square),
        }),
        protocol: protocolFromSpec(config.protocol),
        count: test.length,
        signal,
        onProgress: ({ step, imagesPerSecond }) =>
          context.progress({
            step,
            steps: test.length,
            phase: 'testing',
            ...(imagesPerSecond !== undefined && { imagesPerSecond }),
          }),
      })
    const params = await readWeights(trained.artifacts['weights']!)
    let prediction: Prediction
    let why: string | undefined
    try {
      prediction = await testOf(params)
    } catch (error) {
      if (!isRetableError(error) || error.code !== 'diverged') throw error
      why = error.message
      context.log(`diverged: ${why}`)
      const nothing = zeroed(params)
      try {
        prediction = await testOf(nothing)
      } finally {
        disposeParams(nothing)
      }
    } finally {
      disposeParams(params)
    }
    const packed = packPrediction(prediction)
    const posteriors = context.artifact('posteriors.safetensors')
    try {
      await unitFiles.writeTensors(posteriors, packed)
    } finally {
      disposeParams(packed)
    }
    const { metrics, extra } = scoresOf(prediction)
    return {
      metrics,
      extra: { ...extra, ...(why !== undefined && { diverged: why }) },
      artifacts: { posteriors },
    }
  },
})
