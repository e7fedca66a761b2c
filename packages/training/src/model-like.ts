import type { Params } from '@retable/core'
import type { Context } from '@retable/layers'
import type * as tf from '@tensorflow/tfjs-core'

/** What can be trained and evaluated: anything with `apply`, a `Model` of `@retable/models` among them. */
export interface ModelLike {
  /** Logits [N, classes] of images [N, H, W, C]. */
  apply(params: Params, images: tf.Tensor4D, ctx: Context): tf.Tensor2D
}
