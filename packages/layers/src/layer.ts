import type { JsonObject, Params, Random } from '@retable/core'
import type * as tf from '@tensorflow/tfjs-core'

/** An example's shape without the batch axis: `[height, width, channels]` or `[features]`. */
export type Shape = readonly number[]

/** How a layer looks at its input along an image's height. */
export interface LayerWindow {
  /** Rows of the kernel. */
  readonly size: number
  /** Rows between one window and the next. */
  readonly stride: number
  /** rows of padding above */
  readonly padding: number
}

/** A layer as plain JSON: its factory's name as `kind`, and its options, defaults filled in. */
export type PlainLayerSpec = JsonObject & { readonly kind: string }

/** What a layer gets besides its parameters and input. */
export interface Context {
  /** true while training: dropout drops, and nothing else differs */
  readonly training: boolean
  /** where training draws from; each layer takes the stream of its own name, so order does not matter */
  readonly random?: Random
  /**
   * Makes a tensor of numbers that a layer draws on the host: `make` draws them from the stream that is given with it.
   * A training loop that replays a recorded step passes this, so that it can draw them again for each step; without
   * it, and for other draws, a layer makes its tensors itself.
   */
  readonly draw?: (
    stream: Random,
    make: (stream: Random) => Float32Array,
    shape: Shape,
  ) => tf.Tensor
}

/** A part of a net as a readonly record: no state, parameters passed in. */
export interface Layer {
  /** unique in its net; the prefix of its parameters' names (`conv1_1` owns `conv1_1/kernel`) */
  readonly name: string
  /** The shape of an example after this layer; throws RetableError `invalid-shape` if the input does not fit. */
  outputShape(input: Shape): Shape
  /** New parameters, float32, named `<name>/kernel` and so on; the caller owns them. Draws from `random.stream(name)`. */
  init(random: Random, input: Shape): Params
  /** Makes the layer again by `layerFromSpec`. A layer of your own may do without, and is then in no configuration. */
  readonly spec?: PlainLayerSpec
  /** The shapes of its parameters by role (`kernel`), in their order; nothing is made. Default: what `init` makes. */
  parameterShapes?(input: Shape): Readonly<Record<string, Shape>>
  /** Multiplications with an addition for one example. Default 0, as is usual for what is neither convolution nor dense. */
  multiplyAdds?(input: Shape): number
  /** What one unit sees of the input, for receptive fields. Default: only its own place. */
  window?(input: Shape): LayerWindow
  /** The layer's output for a batch `x` of shape `[N, ...input]`, float32; a new tensor, `x` is not disposed of. */
  apply(params: Params, x: tf.Tensor, ctx: Context): tf.Tensor
}
