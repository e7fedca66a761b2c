import { RetableError, type Params } from '@retable/core'
import type { Batch } from '@retable/datasets'
import * as tf from '@tensorflow/tfjs-core'

// Backends hide NaN: the max-pool of some passes over it, and a ReLU that is max(x, 0) makes it 0. So neither a finite loss
// nor a finite error tells of images or parameters that are no numbers; they are looked at themselves.

/**
 * Checks that tensors hold only finite numbers, by their sums on the backend: that of a tensor with NaN or infinity is
 * not finite. Neither is one that overflows float32, so a tensor of such a sum is read and its values looked at.
 * `what` begins the error's sentence, `where` ends it.
 *
 * @throws RetableError `diverged` with the first bad tensor's name.
 */
export const assertFinite = async (
  tensors: Params,
  where: string = '',
  what: string = 'parameter',
): Promise<void> => {
  const names = Object.keys(tensors)
  if (names.length === 0) return
  const sums = tf.tidy(() => tf.stack(names.map((name) => tf.sum(tensors[name]!))))
  try {
    const values = await sums.data()
    for (const [i, name] of names.entries()) {
      if (Number.isFinite(values[i]!) || (await holdsFinite(tensors[name]!))) continue
      throw new RetableError('diverged', `${what} "${name}" holds NaN or infinity${where}`)
    }
  } finally {
    sums.dispose()
  }
}

const holdsFinite = async (tensor: tf.Tensor): Promise<boolean> =>
  (await tensor.data<'float32'>()).every(Number.isFinite)

/**
 * Checks that a batch's images hold only numbers, before the net sees them: half a nanosecond per value.
 *
 * @throws RetableError `corrupt-data` naming the example; `where` is said of it.
 */
export const assertFiniteImages = (
  { images, indices, shape, views = 1 }: ImagesOfBatch,
  where: string = '',
): void => {
  if (Number.isFinite(sumOf(images))) return
  const bad = images.findIndex((value) => !Number.isFinite(value))
  const example = indices[Math.floor(bad / (images.length / shape[0]) / views)]
  throw new RetableError(
    'corrupt-data',
    `the image of example ${example}${where} holds ${images[bad]}, expected finite numbers`,
  )
}

type ImagesOfBatch = Pick<Batch, 'images' | 'indices' | 'shape'> & Partial<Pick<Batch, 'views'>>

/** In four sums, which a processor adds at a time; float32 values cannot make a double overflow. */
const sumOf = (values: Float32Array): number => {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = values.length - (values.length % 4)
  for (let i = 0; i < whole; i += 4) {
    a += values[i]!
    b += values[i + 1]!
    c += values[i + 2]!
    d += values[i + 3]!
  }
  for (let i = whole; i < values.length; i++) a += values[i]!
  return a + b + c + d
}
