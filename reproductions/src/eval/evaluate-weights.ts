import { disposeParams, RetableError } from '@retable/core'
import { fileDigest } from '@retable/core/node'
import { loader } from '@retable/datasets'
import type { Dataset } from '@retable/datasets'
import { asIs, batchesBySize, dense, fuse, predict, score } from '@retable/training'
import type { OnProgress, Prediction } from '@retable/training'
import { limited } from '../units/select.js'
import { errorInterval, meanInterval } from './interval.js'
import { preparation, testPasses } from './preparation.js'
import type { EvalProtocol, PixelsAs, Views } from './preparation.js'
import { netNamed } from './published.js'
import type { PublishedAccuracy } from './published.js'
import { readPublishedWeights } from './read-weights.js'

/** What is evaluated, and how. */
export interface EvaluateWeightsOptions {
  /** torchvision's name (vgg16) or one of ours (vgg-D) */
  readonly model: string
  /** the file of published weights: safetensors, or Keras's HDF5 */
  readonly weights: string
  /** the labeled images to test on */
  readonly dataset: Dataset
  /** which views of an image are averaged */
  readonly protocol: EvalProtocol
  /** how pixels were given to the net when its weights were trained */
  readonly pixels: PixelsAs
  /** Q: shorter sides of the rescaled test image, in pixels; posteriors at several are averaged (VGG §4.2) */
  readonly scales: readonly number[]
  /** images per batch; default 32, fewer if each is seen often */
  readonly batchSize?: number | undefined
  /** the number of images to test on, from the first; null: all */
  readonly limit: number | null
  /** called as images are done */
  readonly onProgress?: OnProgress
  /** stops the evaluation */
  readonly signal?: AbortSignal
}

/** A number with its 95% interval; null if there is none, as of the mean of one image. */
export interface Measured {
  readonly value: number
  readonly interval: readonly [number, number] | null
}

/** What came of it. Errors in percent. */
export interface WeightsEvaluation {
  readonly model: string
  readonly net: string
  readonly weights: { readonly file: string; readonly sha256: string }
  readonly data: { readonly name: string; readonly fingerprint: string; readonly images: number }
  readonly protocol: EvalProtocol
  readonly pixels: PixelsAs
  readonly scales: readonly number[]
  readonly top1Error: Measured
  readonly top5Error: Measured
  readonly loss: Measured
  readonly published: PublishedAccuracy | null
  readonly prediction: Prediction
}

const perBatch: Readonly<Record<Views, number>> = {
  center: 32,
  'ten-crop': 8,
  dense: 8,
  'multi-crop': 2,
}

/**
 * Tests published weights on a labelled set under a protocol of the papers. Registers no backend: the one in use runs.
 *
 * @throws RetableError `unknown-name` for model, protocol or pixels that are none; `mismatch` if the set's classes are
 * not as many as the net's; what reading weights and images throws.
 */
export const evaluateWeights = async (
  options: EvaluateWeightsOptions,
): Promise<WeightsEvaluation> => {
  const { weights, dataset, protocol, pixels, scales, limit, onProgress, signal } = options
  const { model, published } = netNamed(options.model)
  const parts = testPasses(protocol, scales).map(({ Q, views }) => ({
    views,
    prepare: preparation(Q, pixels, views),
  }))
  if (dataset.classes.length !== model.classes) {
    throw new RetableError(
      'mismatch',
      `${dataset.name} has ${dataset.classes.length} classes, ${model.name} tells ${model.classes} apart`,
    )
  }
  const test = limited(dataset, limit)
  const params = await readPublishedWeights(weights, model)
  const predictions: Prediction[] = []
  try {
    for (const { views, prepare } of parts) {
      const batchSize = options.batchSize ?? perBatch[views]
      predictions.push(
        await predict({
          model,
          params,
          data:
            views === 'dense'
              ? batchesBySize(test, { batchSize, prepare })
              : loader(test, { batchSize, transform: prepare }),
          protocol: views === 'dense' ? dense() : asIs(),
          count: test.length,
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
        }),
      )
    }
  } finally {
    disposeParams(params)
  }
  const prediction = fuse(predictions)
  const { count, top1Wrong, top5Wrong, top1Error, top5Error, loss } = score(prediction)
  return {
    model: options.model,
    net: model.name,
    weights: { file: weights, sha256: await fileDigest(weights) },
    data: { name: test.name, fingerprint: test.fingerprint, images: count },
    protocol,
    pixels,
    scales,
    top1Error: { value: top1Error, interval: errorInterval(top1Wrong, count) },
    top5Error: { value: top5Error, interval: errorInterval(top5Wrong, count) },
    loss: { value: loss, interval: meanInterval(prediction.losses) },
    published,
    prediction,
  }
}
