import type { Params } from '@retable/core'
import { RetableError } from '@retable/core'
import type { Layer, LayerSpec, Shape } from '@retable/layers'
import { conv2d } from '@retable/layers'
import * as tf from '@tensorflow/tfjs-core'
import { checkModel } from './check-options.js'
import { parameterShapesOf, specOf } from './layer-parameters.js'
import type { Model } from './model.js'
import { applyLayers } from './model.js'
import { shapesThrough } from './shapes-through.js'

/** A net whose FC layers are convolutions, for images of its own input size and larger. */
export interface FullyConvolutional {
  /** The model's name. */
  readonly name: string
  /** Maps of the score map. */
  readonly classes: number
  /** the least height and width it takes: the model's own input size */
  readonly minimumSize: readonly [number, number]
  /** The layers as plain JSON, the converted ones among them. */
  readonly specs: readonly LayerSpec[]
  /** The score map's [height, width, classes] for images of a size, without running anything. */
  outputShape(height: number, width: number): readonly [number, number, number]
  /** Scores [N, h, w, classes], float32, before any soft-max, of images [N, H, W, 3]; disposes of nothing. */
  apply(images: tf.Tensor4D): tf.Tensor4D
}

/** The layers with each FC layer as a convolution: the first over the whole last map, the others 1×1. */
const convolutionalLayers = (model: Model, shapes: readonly Shape[]): readonly Layer[] => {
  let map: Shape | undefined
  return model.layers.flatMap((layer, i): Layer[] => {
    const spec = specOf(layer)
    if (spec?.kind === 'flatten') {
      map = shapes[i]!
      return []
    }
    if (spec?.kind === 'adaptiveAvgPool') {
      const [height, width] = shapes[i]!
      // Where the pool leaves the map as it is, the net without it is the same net.
      if (height === spec.size && width === spec.size) return []
      throw new RetableError(
        'invalid-argument',
        `${model.name} cannot become fully convolutional: its average pool turns ${height}×${width} into ${spec.size}×${spec.size}; make it with an inputSize at which the pool changes nothing`,
      )
    }
    if (spec?.kind === 'locallyConnected2d') {
      throw new RetableError(
        'invalid-argument',
        `${model.name} cannot become fully convolutional: the kernels of "${spec.name}" belong to the places of one image size`,
      )
    }
    if (spec?.kind !== 'dense') return [layer]
    const kernelSize = map?.[0] ?? 1
    if (map && map[0] !== map[1]) {
      throw new RetableError(
        'invalid-argument',
        `${model.name} cannot become fully convolutional: its last map is ${map[0]}×${map[1]}, expected a square`,
      )
    }
    map = undefined
    const { kind: _kind, units: filters, ...options } = spec
    return [conv2d({ ...options, filters, kernelSize })]
  })
}

/**
 * The net of VGG §3.2's dense evaluation: its FC layers become convolutions (7×7, 1×1, 1×1 at 224 pixels), so that
 * it applies to whole images of any larger size and gives a map of class scores.
 *
 * Score [n, i, j] is what the plain net gives for the crop of its input size whose corner is at (i·s, j·s), up to what
 * the crop's borders change; s is the product of the strides, 32 in VGG. On images of the input size the map is 1×1 and
 * holds the plain net's logits. Kernels are reshaped, not copied; `params` stay the caller's and must outlive this.
 *
 * @throws RetableError `mismatch` if a parameter is missing or has another shape; `invalid-shape` from `apply` for
 * images smaller than the model's own; `invalid-argument` if the last map is not square.
 * @example
 * const dense = toFullyConvolutional(model, params)
 * const scores = dense.apply(images) // [N, 3, 5, 1000] for images of 288×352 and VGG at 224
 * const averaged = tf.mean(scores, [1, 2])
 */
export const toFullyConvolutional = (model: Model, params: Params): FullyConvolutional => {
  checkModel('the first argument of toFullyConvolutional', model)
  const shapes = shapesThrough(model.layers, model.inputShape)
  const layers = convolutionalLayers(model, shapes)
  const [minimumHeight, minimumWidth] = model.inputShape
  const convolutionalShapes = shapesThrough(layers, model.inputShape)
  const kernels = layers.flatMap((layer, i) =>
    layer.spec?.kind === 'conv2d' ? [kernelOf(model, params, layer, convolutionalShapes[i]!)] : [],
  )

  const checkSize = (height: number, width: number): void => {
    if (height >= minimumHeight && width >= minimumWidth) return
    throw new RetableError(
      'invalid-shape',
      `${model.name} as a fully-convolutional net takes images of at least ${minimumHeight}×${minimumWidth} pixels, found ${height}×${width}`,
    )
  }
  return {
    name: `${model.name}-fully-convolutional`,
    classes: model.classes,
    minimumSize: [minimumHeight, minimumWidth],
    specs: layers.flatMap((layer) => specOf(layer) ?? []),
    outputShape: (height, width) => {
      checkSize(height, width)
      const [h, w, classes] = shapesThrough(layers, [height, width, 3]).at(-1)!
      return [h!, w!, classes!]
    },
    apply: (images) => {
      if (images.shape.length !== 4 || images.shape[3] !== 3) {
        throw new RetableError(
          'invalid-shape',
          `${model.name} takes images of shape [N, H, W, 3], found [${(images.shape as number[]).join(', ')}]`,
        )
      }
      checkSize(images.shape[1], images.shape[2])
      return tf.tidy(() => {
        const reshaped = Object.fromEntries(
          kernels.map(({ name, kernel, shape }) => [name, tf.reshape(kernel, [...shape])]),
        )
        return applyLayers(layers, { ...params, ...reshaped }, images, {
          training: false,
        }) as tf.Tensor4D
      })
    },
  }
}

const kernelOf = (
  model: Model,
  params: Params,
  layer: Layer,
  input: Shape,
): { readonly name: string; readonly kernel: tf.Tensor; readonly shape: readonly number[] } => {
  const name = `${layer.name}/kernel`
  const shape = parameterShapesOf(layer, input)['kernel']!
  const kernel = params[name]
  const size = shape.reduce((a, b) => a * b, 1)
  if (!kernel)
    throw new RetableError('mismatch', `the parameters have no "${name}" of ${model.name}`)
  if (kernel.size !== size || kernel.shape.at(-1) !== shape.at(-1)) {
    throw new RetableError(
      'mismatch',
      `"${name}" has shape [${kernel.shape.join(', ')}], which is not what ${model.name} holds`,
    )
  }
  return { name, kernel, shape }
}
