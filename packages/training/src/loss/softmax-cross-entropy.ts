import { RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkLabels } from './labels.js'

/** A loss: the mean over a batch, a scalar, of what the net gave [N, classes] and the right classes [N]. */
export type Loss = (logits: tf.Tensor2D, labels: Int32Array) => tf.Scalar

/** Options of {@link softmaxCrossEntropy} and {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** the part of each target that is spread over all classes, from 0 to 1; default 0 */
  readonly labelSmoothing?: number
}

/**
 * The soft-max cross-entropy of logits against class numbers, averaged over the batch.
 *
 * L = 1/N Σₙ (log Σⱼ exp(xₙⱼ − mₙ) − (xₙᵧ − mₙ)), mₙ = maxⱼ xₙⱼ; ∂L/∂xₙⱼ = (softmax(xₙ)ⱼ − [j = y])/N. Neither
 * overflows, and both stay right even if the soft-max saturates. A logit of -Infinity rules its class out.
 *
 * With label smoothing ε (Szegedy et al., 2016, §7) the right class's 1 becomes 1 − ε + ε/classes and every other class's 0
 * becomes ε/classes, as in torch.nn.CrossEntropyLoss(label_smoothing=ε).
 *
 * The right classes go to the backend as one [N, classes] array. The caller disposes of the result; second
 * derivatives are not supported.
 *
 * @param logits [N, classes], float32
 * @param labels N class numbers, on the host; or as an int32 tensor, whose numbers are not checked
 * @throws RetableError `invalid-shape` if the numbers of rows and labels differ; `invalid-argument` if a label
 * on the host is no class, or if `labelSmoothing` is not from 0 to 1.
 * @example
 * const loss = softmaxCrossEntropy(model.apply(params, images, { training: true, random }), labels)
 */
export const softmaxCrossEntropy = (
  logits: tf.Tensor2D,
  labels: Int32Array | readonly number[] | tf.Tensor1D,
  { labelSmoothing = 0 }: CrossEntropyOptions = {},
): tf.Scalar => {
  const [count, classes] = logits.shape
  const given = labels instanceof tf.Tensor ? labels.size : labels.length
  if (logits.shape.length !== 2 || count !== given || count === 0) {
    throw new RetableError(
      'invalid-shape',
      `the loss takes logits [N, classes] and N labels, found logits [${logits.shape.join(', ')}] and ${given} labels`,
    )
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RetableError(
      'invalid-argument',
      `labelSmoothing is from 0 to 1, found ${String(labelSmoothing)}`,
    )
  }
  const oneHot = oneHotOf(labels, count, classes)

  const loss = tf.customGrad((x, save) => {
    const right = oneHot()
    const shifted = tf.sub(x as tf.Tensor, tf.max(x as tf.Tensor, 1, true))
    const exps = tf.exp(shifted)
    const sums = tf.sum(exps, 1, true)
    // Chosen and not multiplied: a class ruled out by a logit of -Infinity would give 0 · ∞.
    const chosen = tf.where(tf.greater(right, 0), shifted, tf.zerosLike(shifted))
    let scores = tf.sum(chosen, 1, true)
    let targets: tf.Tensor = right
    if (labelSmoothing > 0) {
      const mean = tf.mul(tf.mean(shifted, 1, true), labelSmoothing)
      scores = labelSmoothing === 1 ? mean : tf.add(tf.mul(scores, 1 - labelSmoothing), mean)
      targets = tf.add(tf.mul(right, 1 - labelSmoothing), labelSmoothing / classes)
    }
    const value = tf.mean(tf.sub(tf.log(sums), scores))
    ;(save as (tensors: tf.Tensor[]) => void)([exps, sums, targets])
    return {
      value,
      gradFunc: (dy, saved) => {
        const [e, s, t] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        return tf.mul(tf.sub(tf.div(e, s), t), tf.div(dy, tf.scalar(count)))
      },
    }
  })
  return loss(logits) as tf.Scalar
}

/** Losses of this package: they take labels as tensors too, so that a step with them can be recorded and replayed. */
const takeTensors = new WeakSet<Loss>([softmaxCrossEntropy])

/** Whether a loss takes its labels as a tensor too. */
export const takesTensors = (loss: Loss): boolean => takeTensors.has(loss)

/**
 * {@link softmaxCrossEntropy} with options, as a loss for `fit`.
 *
 * @throws RetableError `invalid-argument` if `labelSmoothing` is not from 0 to 1, when it is first called.
 * @example
 * await fit({ …, loss: crossEntropy({ labelSmoothing: 0.1 }) })
 */
export const crossEntropy = (options: CrossEntropyOptions): Loss => {
  const loss: Loss = (logits, labels) => softmaxCrossEntropy(logits, labels, options)
  takeTensors.add(loss)
  return loss
}

/** Makes the rows of zeros with a 1 at the right class, [N, classes], float32. */
const oneHotOf = (
  labels: Int32Array | readonly number[] | tf.Tensor1D,
  count: number,
  classes: number,
): (() => tf.Tensor) => {
  if (labels instanceof tf.Tensor) return () => tf.oneHot(labels, classes, 1, 0, 'float32')
  checkLabels(labels, classes)
  const right = new Float32Array(count * classes)
  for (let i = 0; i < count; i++) right[i * classes + labels[i]!] = 1
  return () => tf.tensor2d(right, [count, classes], 'float32')
}
