import { RetableError, type Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkRowLabels, type Prediction } from './prediction.js'

/**
 * A prediction as tensors to write down: `posteriors` [N, classes] and `losses` [N], float32, `labels` and `indices` [N],
 * int32. The caller disposes of them.
 *
 * @example
 * await writeFile('dense-384.safetensors', saveSafetensors(packPrediction(prediction)))
 */
export const packPrediction = (prediction: Prediction): Params => {
  const { count, classes, posteriors, losses, labels, indices } = prediction
  return {
    posteriors: tf.tensor2d(posteriors, [count, classes], 'float32'),
    losses: tf.tensor1d(losses, 'float32'),
    labels: tf.tensor1d(labels, 'int32'),
    indices: tf.tensor1d(Int32Array.from(indices), 'int32'),
  }
}

/**
 * The prediction that {@link packPrediction} wrote down. Without `losses` they are −log of the posteriors, infinite if those
 * are 0. Disposes of nothing.
 *
 * @throws RetableError `mismatch` if a tensor is missing or the sizes do not fit together; `invalid-argument` if
 * a label is no class.
 */
export const unpackPrediction = async (tensors: Params): Promise<Prediction> => {
  const { posteriors, losses, labels, indices } = tensors
  if (!posteriors || !labels || !indices) {
    throw new RetableError(
      'mismatch',
      `a saved prediction has posteriors, labels and indices, found ${Object.keys(tensors).join(', ') || 'nothing'}`,
    )
  }
  const [count, classes] = posteriors.shape
  const others = [labels, indices, ...(losses ? [losses] : [])]
  if (posteriors.rank !== 2 || others.some((tensor) => tensor.size !== count)) {
    throw new RetableError(
      'mismatch',
      `a saved prediction has posteriors [N, classes] and N of everything else, found ${Object.entries(
        tensors,
      )
        .map(([name, tensor]) => `${name} [${tensor.shape.join(', ')}]`)
        .join(', ')}`,
    )
  }
  const rows = Float32Array.from(await posteriors.data())
  const found = await labels.data()
  checkRowLabels(found, { count, classes: classes! })
  const right = Int32Array.from(found)
  const saved = losses ? await losses.data() : undefined
  return {
    count,
    classes: classes!,
    posteriors: rows,
    labels: right,
    indices: Uint32Array.from(await indices.data()),
    losses: saved
      ? Float32Array.from(saved)
      : Float32Array.from(right, (label, i) => -Math.log(rows[i * classes! + label]!)),
  }
}
