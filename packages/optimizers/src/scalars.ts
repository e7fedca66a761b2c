import * as tf from '@tensorflow/tfjs-core'

/**
 * Runs `update` with a function that uploads host numbers as float32 scalars, each value once, and disposes of them
 * after it. As tensors, and not as constants of an op, numbers that change from step to step leave the graph of a step
 * the same. They outlive a `tf.tidy` within `update`, which so can let go of one parameter's intermediate values
 * before the next one's are made.
 */
export const withScalars = <T>(update: (scalar: (value: number) => tf.Scalar) => T): T => {
  const made = new Map<number, tf.Scalar>()
  try {
    return update((value) => {
      const known = made.get(value)
      if (known) return known
      const scalar = tf.keep(tf.scalar(value, 'float32'))
      made.set(value, scalar)
      return scalar
    })
  } finally {
    for (const scalar of made.values()) scalar.dispose()
  }
}
