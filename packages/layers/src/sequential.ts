import type { Params } from '@retable/core'
import { checkOptions, checkRandom, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { exampleShape } from './check.js'
import type { Context, Layer, Shape } from './layer.js'

/** Layers one after another, a layer itself. */
export interface Sequential extends Layer {
  /** The layers, first to last. */
  readonly layers: readonly Layer[]
}

/** Whether a layer has its factory's own name and owns nothing by it, neither parameters nor draws: it may be repeated in a net. */
const ownsNothing = (layer: Layer): boolean =>
  layer.name === layer.spec?.kind && !('parameterShapes' in layer) && layer.name !== 'dropout'

const isUnnamedSequential = (layer: Layer): layer is Sequential =>
  layer.name === '' && 'layers' in layer

const isLayer = (value: unknown): value is Layer =>
  typeof (value as Layer | undefined)?.apply === 'function' &&
  typeof (value as Layer).outputShape === 'function'

/** The layers that share one name space: these, and in place of a sequential without a name its layers. */
const leavesOf = (layers: readonly Layer[]): readonly Layer[] =>
  layers.flatMap((layer) => (isUnnamedSequential(layer) ? leavesOf(layer.layers) : [layer]))

/**
 * Applies layers one after another.
 *
 * Without a name it is invisible: its layers' parameters keep their names (`conv1/kernel`). With a name it nests:
 * `sequential([conv2d({ name: 'conv', … })], { name: 'block1' })` has parameters `block1/conv/kernel`, and its
 * layers draw from `random.stream('block1')`. The names of its layers must differ, except that pools, activations
 * and the like, which own nothing, may share their default names. Intermediate tensors are disposed of.
 *
 * `sequential([])` is the identity. `init` and `outputShape` follow the shape through all layers.
 *
 * @throws RetableError `invalid-argument` if two layers have the same name, or something is no layer; `invalid-shape`, naming the layer,
 * if an input does not fit or an image is too small.
 * @example
 * const net = sequential([
 *   conv2d({ name: 'conv1', filters: 8, kernelSize: 3, padding: 'same' }),
 *   relu(),
 *   maxPool({ size: 2 }),
 *   flatten(),
 *   dense({ name: 'fc', units: 10 }),
 * ])
 * const params = net.init(createRandom(1), [8, 8, 3])
 * const logits = net.apply(params, images, { training: false })
 */
export const sequential = (
  layers: readonly Layer[],
  options: { readonly name?: string } = {},
): Sequential => {
  checkOptions('sequential', options, { name: true })
  const name = options.name ?? ''
  if (!Array.isArray(layers) || !layers.every(isLayer)) {
    throw new RetableError(
      'invalid-argument',
      `sequential takes a list of layers, found ${Array.isArray(layers) ? `${String(layers.find((each) => !isLayer(each)))} in it` : typeof layers}`,
    )
  }
  const seen = new Set<string>()
  for (const layer of leavesOf(layers)) {
    if (seen.has(layer.name) && !ownsNothing(layer)) {
      throw new RetableError(
        'invalid-argument',
        `two layers${name === '' ? '' : ` of "${name}"`} have the name "${layer.name}"; each needs its own, for its parameters and random draws`,
      )
    }
    seen.add(layer.name)
  }

  const outputShape = (input: Shape): Shape => layers.reduce(through(input), input)

  return {
    name,
    layers: [...layers],
    outputShape,
    init: (random, input) => {
      outputShape(input)
      checkRandom(name === '' ? 'init' : `${name}: init`, random)
      const own = name === '' ? random : random.stream(name)
      let shape = input
      const params: Params = {}
      for (const layer of layers) {
        for (const [key, value] of Object.entries(layer.init(own, shape))) {
          params[name === '' ? key : `${name}/${key}`] = value
        }
        shape = layer.outputShape(shape)
      }
      return params
    },
    apply: (params, x, ctx) => {
      outputShape(exampleShape(name || 'sequential', x))
      const own = name === '' ? params : within(params, `${name}/`)
      const inner: Context =
        name === '' || !ctx.random ? ctx : { ...ctx, random: ctx.random.stream(name) }
      return tf.tidy(() => layers.reduce((y, layer) => layer.apply(own, y, inner), tf.clone(x)))
    },
  }
}

/** The next layer's output shape; an error of its own also tells the input of the whole. */
const through =
  (first: Shape) =>
  (shape: Shape, layer: Layer): Shape => {
    try {
      return layer.outputShape(shape)
    } catch (cause) {
      if (cause instanceof RetableError && cause.code === 'invalid-shape' && shape !== first) {
        throw new RetableError(
          'invalid-shape',
          `${cause.message} (in a net whose input is [${first}])`,
          { cause },
        )
      }
      throw cause
    }
  }

/** The entries whose names begin with `prefix`, without it. */
const within = (params: Params, prefix: string): Params =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  )
