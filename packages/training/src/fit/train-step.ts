import { disposeParams, RetableError, valueAndGrads, type Params, type Random } from '@retable/core'
import type { Optimizer, OptimizerState, Updated } from '@retable/optimizers'
import * as tf from '@tensorflow/tfjs-core'
import { checkLabels } from '../loss/labels.js'
import type { Loss } from '../loss/softmax-cross-entropy.js'
import type { ModelLike } from '../model-like.js'
import type { TrainingBatch } from './options.js'

/** What stays the same from update to update. */
export interface Learner {
  readonly model: ModelLike
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly trainErrors: boolean
}

/** An update that has been asked for; the backend may still be working on it. */
export interface Stepped extends Updated {
  /** The batch's loss before the update and, where they are counted, its wrong answers. */
  readonly outcome: Promise<{ readonly loss: number; readonly wrong: number }>
}

/** One update on one batch. What it is given stays the caller's; it returns new tensors and leaves no others. */
export const trainStep = (
  { model, loss, optimizer, trainErrors }: Learner,
  params: Params,
  state: OptimizerState,
  batch: TrainingBatch,
  learningRate: number,
  random: Random,
): Stepped => {
  const labels = labelsOf(batch)
  const images = tf.tensor4d(batch.images, [...batch.shape], 'float32')
  let right: tf.Tensor | undefined
  let made: { value: tf.Scalar; grads: Params } | undefined
  try {
    made = valueAndGrads((p) => {
      const logits = model.apply(p, images, { training: true, random })
      checkLabels(
        labels,
        logits.shape[1],
        (i) =>
          `the label of example ${batch.indices[Math.floor(i / (batch.views ?? 1))]} (batch ${batch.index})`,
      )
      if (trainErrors) right = tf.keep(countRight(logits, labels))
      return loss(logits, labels)
    }, params)
    const updated = optimizer.update(params, made.grads, state, learningRate)
    return { ...updated, outcome: read(made.value, right, labels.length) }
  } catch (error) {
    made?.value.dispose()
    right?.dispose()
    throw error
  } finally {
    images.dispose()
    if (made) disposeParams(made.grads)
  }
}

const labelsOf = ({ labels, shape, views = 1 }: TrainingBatch): Int32Array => {
  if (shape[0] !== labels.length * views) {
    throw new RetableError(
      'invalid-shape',
      `a batch of images [${shape.join(', ')}] has ${labels.length} labels, expected one for each ${views === 1 ? 'image' : `${views} images`}`,
    )
  }
  return views === 1
    ? labels
    : Int32Array.from({ length: shape[0] }, (_, i) => labels[Math.floor(i / views)]!)
}

const countRight = (logits: tf.Tensor2D, labels: Int32Array): tf.Tensor =>
  tf.tidy(() => {
    const taken = tf.argMax(logits, 1)
    return tf.sum(tf.cast(tf.equal(taken, tf.tensor1d(labels, 'int32')), 'float32'))
  })

/** Starts reading at once, and both numbers in one piece: a read is where some backends wait. */
const read = async (
  value: tf.Scalar,
  right: tf.Tensor | undefined,
  count: number,
): Promise<{ loss: number; wrong: number }> => {
  const both = right ? tf.stack([value, right]) : value
  if (right) {
    value.dispose()
    right.dispose()
  }
  try {
    const [loss, rightCount] = await both.data()
    return { loss: loss!, wrong: right ? count - rightCount! : 0 }
  } finally {
    both.dispose()
  }
}
