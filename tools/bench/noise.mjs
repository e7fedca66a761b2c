import * as tf from '@tensorflow/tfjs-core'
import { createRandom } from '@retable/core'

/** A tensor of numbers from -1 to 1, the same for the same name. */
export const noise = (name, shape) =>
  tf.tensor(
    createRandom(1)
      .stream(name)
      .fillUniform(new Float32Array(tf.util.sizeFromShape(shape)), -1, 1),
    shape,
  )
