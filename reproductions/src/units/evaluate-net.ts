import { unitFiles } from '#unit-files'
import { disposeParams } from '@retable/core'
import { defineUnit } from '@retable/harness'
import type { JsonObject, UnitFactory } from '@retable/harness'
import {
  asIs,
  batchesBySize,
  centerCrop,
  dense,
  multiCrop,
  packPrediction,
  predict,
  score,
  tenCrop,
} from '@retable/training'
import type { Prediction, Protocol } from '@retable/training'
import type { OpenedDataset, DataRequest } from '../data/open-data.js'
import { statisticsFrom, testTransform } from './input.js'
import type { PixelScale } from './input.js'
import { buildNet } from './net.js'
import type { NetConfig } from './net.js'
import { limited } from './select.js'
import { readWeights } from './train-net.js'

/** How a test image is shown to a net, as plain JSON; sizes in pixels. */
export type TestProtocol =
  /** as it is */
  | { readonly kind: 'plain' }
  /** VGG §3.2: the class score map averaged over positions, posteriors over the image and its mirror image */
  | { readonly kind: 'dense' }
  | { readonly kind: 'centre-crop'; readonly size: number }
  /** AlexNet §4.1: corners and centre, and their mirror images, posteriors averaged */
  | { readonly kind: 'ten-crop'; readonly size: number }
  /** VGG §3.2: a grid of crops and their mirror images, posteriors averaged */
  | { readonly kind: 'multi-crop'; readonly size: number; readonly grid: number }

/** How a trained net (the needed unit `net`) is tested. */
export type EvaluateConfig = {
  readonly net: NetConfig
  readonly data: DataRequest
  /** so many test images, as `limited` takes them; null: all */
  readonly limit: number | null
  /** Q: the shorter side of the rescaled test image, in pixels */
  readonly scale: number
  /** the central square of the rescaled image is what is shown (AlexNet §2); else all of it */
  readonly square?: boolean
  readonly pixels: PixelScale
  readonly protocol: TestProtocol
}

const protocolOf = (protocol: TestProtocol): Protocol => {
  switch (protocol.kind) {
    case 'plain':
      return asIs()
    case 'dense':
      return dense()
    case 'centre-crop':
      return centerCrop({ size: protocol.size })
    case 'ten-crop':
      return tenCrop({ size: protocol.size })
    case 'multi-crop':
      return multiCrop({ size: protocol.size, grid: protocol.grid })
    default:
      return protocol satisfies never
  }
}

/** How often the net runs on an image, for estimates; `Q` against the net's own input where it runs densely. */
export const viewsOf = (protocol: TestProtocol, Q: number, input: number): number => {
  switch (protocol.kind) {
    case 'plain':
    case 'centre-crop':
      return 1
    case 'dense':
      return 2 * (Q / input) ** 2
    case 'ten-crop':
      return 10
    case 'multi-crop':
      return 2 * protocol.grid ** 2
    default:
      return protocol satisfies never
  }
}

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
 * writes it), so that scales, protocols and nets are fused without running a net again.
 */
export const evaluateNet: UnitFactory<EvaluateConfig> = defineUnit<EvaluateConfig>({
  kind: 'evaluate-net',
  version: 2,
  run: async (context) => {
    const { config, needs, signal } = context
    const { scale, pixels, square } = config
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
          batchSize: batchSizeAt(scale),
          prepare: testTransform(scale, pixels, statisticsFrom(trained.extra), square),
        }),
        protocol: protocolOf(config.protocol),
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
    const packed = packPrediction(prediction)
    const posteriors = context.artifact('posteriors.safetensors')
    try {
      await unitFiles.writeTensors(posteriors, packed)
    } finally {
      disposeParams(packed)
    }
    return { ...scoresOf(prediction), artifacts: { posteriors } }
  },
})
