import * as tf from '@tensorflow/tfjs-core'

/**
 * Uploads host numbers as float32 scalars, each value once. As tensors, and not as constants of an op, numbers
 * that change from step to step leave the graph of a step the same. Call it within `tf.tidy`.
 */
export const makeScalars = (): ((value: number) => tf.Scalar) => {
  const made = new Map<number, tf.Scalar>()
  return (value) => {
    const known = made.get(value)
    if (known) return known
    const scalar = tf.scalar(value, 'float32')
    made.set(value, scalar)
    return scalar
  }
}
