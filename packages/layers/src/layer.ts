import type { Params, Random } from '@retable/core'
import type * as tf from '@tensorflow/tfjs-core'

/** An example's shape without the batch axis: `[height, width, channels]` or `[features]`. */
export type Shape = readonly number[]

/** What a layer is told besides its parameters and input. */
export interface Context {
  /** true while training: dropout drops, and nothing else differs */
  readonly training: boolean
  /** where training draws from; each layer takes the stream of its own name, so order does not matter */
  readonly random?: Random
}

/** A part of a net as a readonly record: no state, parameters passed in. */
export interface Layer {
  /** unique in its net; the prefix of its parameters' names (`conv1_1` owns `conv1_1/kernel`) */
  readonly name: string
  /** The shape of an example after this layer; throws RetableError `invalid-shape` where the input does not fit. */
  outputShape(input: Shape): Shape
  /** New parameters, float32, named `<name>/kernel` and so on; the caller owns them. Draws from `random.stream(name)`. */
  init(random: Random, input: Shape): Params
  /** The layer's output for a batch `x` of shape `[N, ...input]`, float32; a new tensor, `x` is not disposed of. */
  apply(params: Params, x: tf.Tensor, ctx: Context): tf.Tensor
}
