import { writeFile } from 'node:fs/promises'
import { disposeParams } from '@retable/core'
import { defineUnit } from '@retable/harness'
import type { UnitFactory } from '@retable/harness'
import { saveSafetensors } from '@retable/models'
import { asIs, batchesBySize, dense, predict, score } from '@retable/training'
import type { Prediction, Protocol } from '@retable/training'
import * as tf from '@tensorflow/tfjs-core'
import type { OpenedDataset, DataRequest } from '../data/open-data.js'
import { statisticsFrom, testTransform } from './input.js'
import type { PixelScale } from './input.js'
import { buildNet } from './net.js'
import type { NetConfig } from './net.js'
import { limited } from './select.js'
import { readWeights } from './train-net.js'

/** How a trained net (the needed unit `net`) is tested. */
export type EvaluateConfig = {
  readonly net: NetConfig
  readonly data: DataRequest
  /** the first so many test images; null: all */
  readonly limit: number | null
  /** Q: the shorter side of the rescaled test image, in pixels */
  readonly scale: number
  readonly pixels: PixelScale
  readonly protocol: 'dense' | 'plain'
}

const batchSize = 50

const protocols: Readonly<Record<EvaluateConfig['protocol'], () => Protocol>> = {
  // VGG §3.2: the class score map is averaged over positions, posteriors over the image and its mirror image.
  dense: () => dense(),
  plain: () => asIs(),
}

/**
 * Tests a trained net. Metrics `top1`, `top5` (errors in percent) and `loss`; artifact `posteriors` (safetensors:
 * `posteriors` [N, classes], `labels` and `indices` [N]) for fusing; extra `confusion`.
 */
export const evaluateNet: UnitFactory<EvaluateConfig> = defineUnit<EvaluateConfig>({
  kind: 'evaluate-net',
  version: 1,
  run: async (context) => {
    const { config, needs, signal } = context
    const trained = needs['net']!
    const { dataset } = await context.data<OpenedDataset>(config.data)
    const test = limited(dataset, config.limit)
    const params = await readWeights(trained.artifacts['weights']!)
    let prediction: Prediction
    try {
      prediction = await predict({
        model: buildNet(config.net),
        params,
        data: batchesBySize(test, {
          batchSize,
          prepare: testTransform(config.scale, config.pixels, statisticsFrom(trained.extra)),
        }),
        protocol: protocols[config.protocol](),
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
    } finally {
      disposeParams(params)
    }
    const { top1Error, top5Error, loss, confusion } = score(prediction)
    const posteriors = context.artifact('posteriors.safetensors')
    await writeFile(posteriors, packPrediction(prediction))
    return {
      metrics: { top1: top1Error, top5: top5Error, loss },
      artifacts: { posteriors },
      extra: { confusion: [...confusion] },
    }
  },
})

const packPrediction = ({ count, classes, posteriors, labels, indices }: Prediction): Uint8Array =>
  tf.tidy(() =>
    saveSafetensors({
      posteriors: tf.tensor2d(posteriors, [count, classes]),
      labels: tf.tensor1d(labels, 'int32'),
      indices: tf.tensor1d(Int32Array.from(indices), 'int32'),
    }),
  )
