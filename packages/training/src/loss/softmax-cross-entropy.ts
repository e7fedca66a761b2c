import { RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkLabels } from './labels.js'

/** A loss: the mean over a batch, a scalar, of what the net gave [N, classes] and the right classes [N]. */
export type Loss = (logits: tf.Tensor2D, labels: Int32Array) => tf.Scalar

/**
 * The soft-max cross-entropy of logits against class numbers, averaged over the batch.
 *
 * L = 1/N Σₙ (log Σⱼ exp(xₙⱼ − mₙ) − (xₙᵧ − mₙ)), mₙ = maxⱼ xₙⱼ; ∂L/∂xₙⱼ = (softmax(xₙ)ⱼ − [j = y])/N. Neither
 * overflows, and both stay right where the soft-max saturates, as long as differences of logits are finite in float32.
 * The right classes go to the backend as one [N, classes] array. The caller disposes of the result; second
 * derivatives are not supported.
 *
 * @param logits [N, classes], float32
 * @param labels N class numbers, on the host; or as an int32 tensor, whose numbers are not checked
 * @throws RetableError `invalid-shape` if the numbers of rows and labels differ; `invalid-argument` if a label
 * on the host is no class.
 * @example
 * const loss = softmaxCrossEntropy(model.apply(params, images, { training: true, random }), labels)
 */
export const softmaxCrossEntropy = (
  logits: tf.Tensor2D,
  labels: Int32Array | readonly number[] | tf.Tensor1D,
): tf.Scalar => {
  const [count, classes] = logits.shape
  const given = labels instanceof tf.Tensor ? labels.size : labels.length
  if (logits.shape.length !== 2 || count !== given || count === 0) {
    throw new RetableError(
      'invalid-shape',
      `the loss takes logits [N, classes] and N labels, found logits [${logits.shape.join(', ')}] and ${given} labels`,
    )
  }
  const oneHot = oneHotOf(labels, count, classes)

  const loss = tf.customGrad((x, save) => {
    const targets = oneHot()
    const shifted = tf.sub(x as tf.Tensor, tf.max(x as tf.Tensor, 1, true))
    const exps = tf.exp(shifted)
    const sums = tf.sum(exps, 1, true)
    const value = tf.mean(tf.sub(tf.log(sums), tf.sum(tf.mul(shifted, targets), 1, true)))
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
