import type { Params, Random } from '@retable/core'
import { checkRandom, RetableError } from '@retable/core'
import type { Context, Layer, LayerSpec, Shape } from '@retable/layers'
import { layerFromSpec } from '@retable/layers'
import * as tf from '@tensorflow/tfjs-core'
import { countParameters, specOf } from './layer-parameters.js'
import { checkInputSize } from './check-options.js'
import type { ModelSpec } from './model-spec.js'
import { shapesThrough } from './shapes-through.js'
import type { Summary } from './summary.js'
import { summarize } from './summary.js'

/** A net as a readonly record: its layers as data and as functions. It holds no parameters. */
export interface Model {
  /** `vgg-D`, `alexnet-two-tower` */
  readonly name: string
  /** Length of the logits. */
  readonly classes: number
  /** height, width, 3 */
  readonly inputShape: readonly [number, number, number]
  /** what makes the net again by `modelFromSpec`; absent if a layer is your own */
  readonly spec?: ModelSpec
  /** the layers as functions, in order */
  readonly layers: readonly Layer[]
  /** the layers as data, those of your own left out */
  readonly specs: readonly (LayerSpec & { readonly name: string })[]
  /** the number of parameters, counted from the descriptions: nothing is allocated, unless a layer of your own does not tell */
  readonly parameterCount: number
  /**
   * New parameters, float32, in the order of the layers; the caller owns them. Each layer draws from its own stream. Throws
   * RetableError `invalid-argument` for a seed in place of a stream, `unavailable` if tfjs has no backend.
   */
  init(random: Random): Params
  /**
   * Logits [N, classes], float32, of images [N, H, W, 3], float32; no soft-max. Disposes of nothing it was given.
   * Under `training`, dropout draws from the streams of its layers in `ctx.random`. Throws RetableError `invalid-shape` for
   * images of another size, `invalid-argument` for another dtype or no context, `mismatch` for another net's parameters.
   */
  apply(params: Params, images: tf.Tensor4D, ctx: Context): tf.Tensor2D
  /** Rows of layer, output shape, parameters and multiply-adds; `String(summary)` is a table. */
  summary(): Summary
}

/** What a net is made from. */
export interface ModelDescription {
  /** The net's name, for summaries and errors. */
  readonly name: string
  /** The number of logits. */
  readonly classes: number
  /** height and width of the images, or one number for both */
  readonly inputSize: number | readonly [number, number]
  /** in order: specs of layers, layers of `@retable/layers`, and layers of your own */
  readonly layers: readonly (Layer | LayerSpec)[]
  /** the spec that `modelFromSpec` makes this net from, if that is another than the list of its layers */
  readonly spec?: ModelSpec
}

const isLayer = (given: Layer | LayerSpec): given is Layer =>
  typeof (given as Partial<Layer>).apply === 'function'

const fits = (layers: readonly Layer[], size: number): boolean => {
  try {
    shapesThrough(layers, [size, size, 3])
    return true
  } catch {
    return false
  }
}

/** The smallest square image that goes through the layers, up to `most`. */
const smallestInput = (layers: readonly Layer[], most = 1024): number | undefined => {
  for (let size = 1; size <= most; size++) if (fits(layers, size)) return size
  return undefined
}

/**
 * A model from its layers, as data or as functions; `vgg` and `alexnet` are tables handed to it, and so is a net of your own.
 *
 * @throws RetableError `invalid-argument` if two layers share a name, `invalid-shape` if the images are too
 * small for the layers (naming the least size that fits) or the last layer does not give one value per class.
 * @example
 * const model = createModel({
 *   name: 'linear', classes: 10, inputSize: 32,
 *   layers: [{ kind: 'flatten', name: 'flatten' }, dense({ name: 'fc', units: 10 })],
 * })
 */
export const createModel = (description: ModelDescription): Model => {
  const { name, classes } = description
  const layers = description.layers.map((given) => (isLayer(given) ? given : layerFromSpec(given)))
  const names = layers.map((layer) => layer.name)
  const twice = names.find((n, i) => names.indexOf(n) !== i)
  if (twice !== undefined) {
    throw new RetableError('invalid-argument', `${name} has two layers named "${twice}"`)
  }
  const inputShape = [...checkInputSize(description.inputSize), 3] as const
  const shapes = inputShapes(name, layers, inputShape)
  const output = shapes.at(-1)!
  if (output.length !== 1 || output[0] !== classes) {
    throw new RetableError(
      'invalid-shape',
      `${name} ends in shape [${output}], expected [${classes}], one value per class`,
    )
  }

  const specs = layers.flatMap((layer) => specOf(layer) ?? [])
  const spec =
    description.spec ??
    (specs.length === layers.length
      ? ({
          kind: 'layers',
          name,
          classes,
          inputSize: [inputShape[0], inputShape[1]],
          layers: specs,
        } as const)
      : undefined)
  let counted: number | undefined
  const model: Model = {
    name,
    classes,
    inputShape,
    ...(spec && { spec }),
    layers,
    specs,
    get parameterCount() {
      counted ??= layers.reduce((sum, layer, i) => sum + countParameters(layer, shapes[i]!), 0)
      return counted
    },
    init: (random) => {
      checkRandom(`${name}.init`, random)
      return Object.assign(
        {},
        ...layers.map((layer, i) => layer.init(random, shapes[i]!)),
      ) as Params
    },
    apply: (params, images, ctx) => {
      if (typeof (ctx as Context | undefined)?.training !== 'boolean') {
        throw new RetableError(
          'invalid-argument',
          `${name}.apply takes { training: false } or { training: true, random } after parameters and images, found ${JSON.stringify(ctx)}`,
        )
      }
      if (images.shape.length !== 4 || images.shape.slice(1).join() !== inputShape.join()) {
        throw new RetableError(
          'invalid-shape',
          `${name} takes images of shape [N, ${inputShape.join(', ')}], found [${images.shape.join(', ')}]`,
        )
      }
      return applyLayers(layers, params, images, ctx) as tf.Tensor2D
    },
    summary: () => summarize(model),
  }
  return model
}

/** The output of layers in sequence; what lies between is disposed of as soon as it has been used. */
export const applyLayers = (
  layers: readonly Layer[],
  params: Params,
  x: tf.Tensor,
  ctx: Context,
): tf.Tensor =>
  tf.tidy(() => {
    let value = x
    for (const layer of layers) {
      const before = value
      value = layer.apply(params, before, ctx)
      if (before !== x && before !== value) before.dispose()
    }
    return value === x ? tf.clone(x) : value
  })

const inputShapes = (name: string, layers: readonly Layer[], input: Shape): readonly Shape[] => {
  try {
    return shapesThrough(layers, input)
  } catch (cause) {
    const least = smallestInput(layers)
    if (least === undefined || Math.min(input[0]!, input[1]!) >= least) throw cause
    throw new RetableError(
      'invalid-shape',
      `${name} takes images of at least ${least}×${least} pixels, found ${input[0]}×${input[1]}`,
      { cause },
    )
  }
}
