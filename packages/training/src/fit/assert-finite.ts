import { RetableError, type Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'

/**
 * Checks that no parameter holds NaN or infinity: its sum would be none of the finite numbers. A loss does not tell by
 * itself: tfjs's max-pool passes over NaN on some backends, and the net's answer is then that of its last bias.
 *
 * @throws RetableError `diverged` naming the parameter and the step.
 */
export const assertFinite = async (params: Params, step: number): Promise<void> => {
  const names = Object.keys(params)
  if (names.length === 0) return
  const sums = tf.tidy(() => tf.stack(names.map((name) => tf.sum(params[name]!))))
  try {
    const values = await sums.data()
    const bad = names.find((_, i) => !Number.isFinite(values[i]!))
    if (bad === undefined) return
    throw new RetableError(
      'diverged',
      `parameter "${bad}" holds NaN or infinity after step ${step}; a lower learning rate may help, and images or labels that are no numbers may be the cause`,
    )
  } finally {
    sums.dispose()
  }
}
