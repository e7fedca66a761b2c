import {
  captureStep,
  checkOptions,
  holdConstants,
  RetableError,
  type OptionNames,
  type Params,
} from '@retable/core'
import type { Batch } from '@retable/datasets'
import { toFullyConvolutional, type Model } from '@retable/models'
import * as tf from '@tensorflow/tfjs-core'
import { assertFinite, assertFiniteImages } from '../finite.js'
import { checkLabels } from '../loss/labels.js'
import type { ModelLike } from '../model-like.js'
import { makeBreather, throwIfAborted } from '../pause.js'
import { createStepClock } from '../progress/step-clock.js'
import type { OnProgress } from '../progress/progress.js'
import { averager, type Averager } from './averager.js'
import { cutView } from './cut-view.js'
import { predictionBuilder, type Prediction } from './prediction.js'
import type { Protocol } from './protocol.js'
import { asIs } from './protocols.js'

/** What evaluation needs of a batch; a `Batch` of `@retable/datasets` has it. */
export type EvaluationBatch = Pick<Batch, 'images' | 'labels' | 'indices' | 'shape'> &
  Partial<Pick<Batch, 'views'>>

/** Options of {@link predict}. */
export interface PredictOptions {
  /** Dense protocols need a `Model` of `@retable/models`, or `scoreMap`. */
  readonly model: ModelLike | Model
  /** The net's parameters; they stay the caller's. */
  readonly params: Params
  /** Each example once: a loader, or `batchesBySize` for images of several sizes. */
  readonly data: AsyncIterable<EvaluationBatch>
  /** Default {@link asIs}: each image once, as the data gives it. */
  readonly protocol?: Protocol
  /** Scores [N, h, w, classes] of images of any size, for dense protocols on nets of your own. */
  readonly scoreMap?: (params: Params, images: tf.Tensor4D) => tf.Tensor4D
  /** Stops between batches, with RetableError `interrupted`. */
  readonly signal?: AbortSignal
  /** Examples that the data holds, only for progress. */
  readonly count?: number
  /** Called after each batch, for displays. */
  readonly onProgress?: OnProgress
}

const optionNames: OptionNames<PredictOptions> = {
  model: true,
  params: true,
  data: true,
  protocol: true,
  scoreMap: true,
  signal: true,
  count: true,
  onProgress: true,
}

/**
 * The posteriors of a net on a data set under a test protocol.
 *
 * Soft-max and averages are computed on the host in double precision; the net runs batch by batch and view by view.
 * Nothing is drawn, dropout is off; parameters stay the caller's, and no tensors are left.
 *
 * @throws RetableError `invalid-argument` for a bad option, or if a label is no class of the net, an
 * example comes twice, or a dense protocol meets a net that cannot be made fully convolutional; `invalid-shape` if a
 * crop does not fit, or a batch's arrays are not as long as its shape says; `corrupt-data` if an image holds NaN or
 * infinity, `diverged` if a parameter does, or if an example's scores have no soft-max: one is NaN or +Infinity,
 * or all are −Infinity (a −Infinity beside finite ones is a posterior of 0, and a loss of Infinity if the class is
 * the right one); `interrupted`.
 * @example
 * const data = loader(validation, { batchSize: 64, transform })
 * const posteriors = await predict({ model, params, data, protocol: tenCrop(224) })
 */
export const predict = async (options: PredictOptions): Promise<Prediction> => {
  checkOptions('predict', options, optionNames)
  const { data, protocol = asIs(), signal, count, onProgress } = options
  const { run, end } = runner(options, protocol)
  await assertFinite(options.params)
  const builder = predictionBuilder()
  const clock = createStepClock()
  const breathe = makeBreather()
  let done = 0
  try {
    for await (const batch of data) {
      throwIfAborted(signal, () => `the evaluation was stopped after ${done} examples`)
      await predictBatch(batch, protocol, run, builder.add)
      done += batch.labels.length
      clock.tick(batch.labels.length)
      const [imagesPerSecond, left] = [clock.imagesPerSecond(), (count ?? 0) - done]
      onProgress?.({
        phase: 'evaluating',
        step: done,
        ...(count !== undefined && { steps: count }),
        ...(imagesPerSecond !== undefined && { imagesPerSecond }),
        ...(imagesPerSecond && left > 0 && { etaSeconds: left / imagesPerSecond }),
      })
      await breathe()
    }
  } finally {
    end()
  }
  return builder.finish()
}

/**
 * Runs of the net before its parameters are held as constants and what it does is recorded and replayed: fewer would not repay
 * the programs made for that.
 */
const runsBeforeHolding = 8

/** Scores of images: [N, positions, classes], row-major; one position unless the protocol is dense. */
type Run = (
  images: Float32Array,
  shape: Batch['shape'],
) => Promise<{
  readonly scores: Float32Array
  readonly positions: number
  readonly classes: number
}>

/** What runs the net, and what is called after the last run. */
const runner = (
  { model, params, scoreMap }: PredictOptions,
  protocol: Protocol,
): { readonly run: Run; readonly end: () => void } => {
  let forward: (x: tf.Tensor4D) => tf.Tensor
  if (!protocol.dense) forward = (x) => model.apply(params, x, { training: false })
  else if (scoreMap) forward = (x) => scoreMap(params, x)
  else if ('layers' in model) {
    const net = toFullyConvolutional(model, params)
    forward = (x) => net.apply(x)
  } else {
    throw new RetableError(
      'invalid-argument',
      'dense evaluation takes a model of @retable/models, or a scoreMap function beside the model',
    )
  }
  let end = (): void => {}
  let score = ({ x }: { readonly x: tf.Tensor4D }): tf.Tensor => tf.tidy(() => forward(x))
  let runs = 0
  const run: Run = async (images, shape) => {
    if (runs++ === runsBeforeHolding) {
      const release = holdConstants(params)
      const captured = captureStep(score)
      score = captured ?? score
      end = () => {
        captured?.dispose()
        release()
      }
    }
    const x = tf.tensor4d(images, [...shape], 'float32')
    let output: tf.Tensor
    try {
      output = score({ x })
    } finally {
      x.dispose()
    }
    try {
      const classes = output.shape.at(-1)!
      const scores = (await output.data()) as Float32Array
      return { scores, classes, positions: scores.length / (shape[0] * classes) }
    } finally {
      output.dispose()
    }
  }
  return { run, end: () => end() }
}

const predictBatch = async (
  batch: EvaluationBatch,
  protocol: Protocol,
  run: Run,
  add: (index: number, label: number, loss: number, posterior: Float32Array) => void,
): Promise<void> => {
  const { images, labels, indices, shape, views: perExample = 1 } = batch
  const [count, height, width, channels] = shape
  if (count !== labels.length * perExample || labels.length !== indices.length) {
    throw new RetableError(
      'invalid-shape',
      `a batch of images [${shape.join(', ')}] with ${perExample} views an example has ${labels.length} labels and ${indices.length} indices`,
    )
  }
  const values = count * height * width * channels
  if (images.length !== values) {
    throw new RetableError(
      'invalid-shape',
      `a batch of images [${shape.join(', ')}] has ${values} values, found ${images.length}`,
    )
  }
  assertFiniteImages(batch)
  let averagers: Averager[] | undefined
  for (const view of protocol.views(height, width)) {
    const cut = cutView(images, shape, view)
    const { scores, positions, classes } = await run(cut, [
      count,
      view.height,
      view.width,
      channels,
    ])
    averagers ??= startAveragers(batch, protocol, classes)
    for (let n = 0; n < count; n++) {
      const target = averagers[Math.floor(n / perExample)]!
      const offset = n * positions * classes
      if (protocol.dense && protocol.positions === 'scores') {
        target.add(meanRows(scores, offset, positions, classes), 0)
      } else {
        for (let p = 0; p < positions; p++) target.add(scores, offset + p * classes)
      }
    }
  }
  averagers?.forEach((one, i) => {
    const { posterior, loss } = one.finish()
    if (Number.isNaN(loss)) {
      throw new RetableError(
        'diverged',
        `the net's scores for example ${indices[i]} have no soft-max: NaN or +Infinity among them, or all of them −Infinity`,
      )
    }
    add(indices[i]!, labels[i]!, loss, Float32Array.from(posterior))
  })
}

const startAveragers = (
  { labels, indices }: EvaluationBatch,
  protocol: Protocol,
  classes: number,
): Averager[] => {
  checkLabels(labels, classes, (i) => `the label of example ${indices[i]}`)
  return Array.from(labels, (label) => averager(protocol.average, classes, label))
}

const meanRows = (
  scores: Float32Array,
  offset: number,
  rows: number,
  classes: number,
): Float64Array => {
  const mean = new Float64Array(classes)
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < classes; j++) mean[j] = mean[j]! + scores[offset + r * classes + j]!
  }
  return mean.map((value) => value / rows)
}
