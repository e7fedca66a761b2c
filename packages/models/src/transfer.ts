import type { Params, Random } from '@retable/core'
import { RetableError, checkOptions, disposeParams } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkModel } from './check-options.js'
import { parameterShapesOf } from './layer-parameters.js'
import type { Shape } from '@retable/layers'
import type { Model } from './model.js'
import { shapesThrough } from './shapes-through.js'

/**
 * Which layers to take over. `vgg-pretraining`: the first four convolutions and the three FC layers (VGG §3.1);
 * `all`: every layer that has parameters (S = 384 from S = 256); or layers by name.
 */
export type TransferredLayers = 'vgg-pretraining' | 'all' | readonly string[]

/** The layers of a net that have parameters, with their shapes by role. */
const shapesByLayer = (model: Model): ReadonlyMap<string, Readonly<Record<string, Shape>>> => {
  const shapes = shapesThrough(model.layers, model.inputShape)
  const found = model.layers.map(
    (layer, i) => [layer.name, parameterShapesOf(layer, shapes[i]!)] as const,
  )
  return new Map(found.filter(([, roles]) => Object.keys(roles).length > 0))
}

const layersToTransfer = (source: Model, which: TransferredLayers): readonly string[] => {
  const named = (kind: 'conv2d' | 'dense'): string[] =>
    source.layers.filter(({ spec }) => spec?.kind === kind).map(({ name }) => name)
  if (which === 'all') return [...shapesByLayer(source).keys()]
  if (which === 'vgg-pretraining') return [...named('conv2d').slice(0, 4), ...named('dense')]
  const found: unknown = which
  if (Array.isArray(found)) return which
  throw new RetableError(
    'invalid-argument',
    `transferFrom's layers are 'vgg-pretraining', 'all' or a list of names, found ${JSON.stringify(found)}`,
  )
}

/**
 * Parameters for `target` that start from a trained net's: the chosen layers copied by name, the rest new.
 *
 * By default what VGG §3.1 did for its deeper nets: "the first four convolutional layers and the last three
 * fully-connected layers" of A, that is conv1_1, conv2_1, conv3_1, conv3_2 and fc6, fc7, fc8, which have the same
 * names and shapes in A to E. `layers: 'all'` is the hand-over from S = 256 to S = 384. For another number of
 * classes, name the layers and leave fc8 out.
 *
 * The new tree is the caller's, and shares nothing that is disposed of with `sourceParams`. Layers that are not copied
 * draw what `target.init(random)` would have drawn for them; copied ones draw nothing.
 *
 * @throws RetableError `invalid-argument` for a bad option; `mismatch` if a chosen layer is missing from
 * either net or has another shape there; under `all` also if a layer of the target would be left random.
 * @example
 * const params = transferFrom(vgg('A'), trained, vgg('D'), createRandom(1))
 */
export const transferFrom = (
  source: Model,
  sourceParams: Params,
  target: Model,
  random: Random,
  options: { readonly layers?: TransferredLayers } = {},
): Params => {
  checkOptions('transferFrom', options, { layers: true })
  checkModel('the first argument of transferFrom', source)
  checkModel('the third argument of transferFrom', target)
  const which = options.layers ?? 'vgg-pretraining'
  const chosen = layersToTransfer(source, which)
  const shapes = shapesThrough(target.layers, target.inputShape)
  const expected = shapesByLayer(target)
  for (const name of chosen) {
    for (const [model, layers] of [
      [source, shapesByLayer(source)],
      [target, expected],
    ] as const) {
      if (!layers.has(name)) {
        throw new RetableError(
          'mismatch',
          `cannot take over layer "${name}": ${model.name} has no layer with parameters of that name`,
        )
      }
    }
  }
  const left = [...expected.keys()].find((name) => !chosen.includes(name))
  if (which === 'all' && left !== undefined) {
    throw new RetableError(
      'mismatch',
      `cannot take over all layers: ${source.name} has no "${left}", which ${target.name} has`,
    )
  }

  const params: Params = {}
  try {
    target.layers.forEach((layer, i) => {
      const roles = expected.get(layer.name)
      if (!roles) return
      if (!chosen.includes(layer.name)) {
        Object.assign(params, layer.init(random, shapes[i]!))
        return
      }
      for (const [role, shape] of Object.entries(roles)) {
        const name = `${layer.name}/${role}`
        const found = sourceParams[name]
        if (!found) {
          throw new RetableError('mismatch', `the parameters of ${source.name} have no "${name}"`)
        }
        if (found.shape.join() !== shape.join()) {
          throw new RetableError(
            'mismatch',
            `cannot take over "${name}": it is [${found.shape.join(', ')}] in ${source.name} and [${shape.join(', ')}] in ${target.name}`,
          )
        }
        params[name] = tf.clone(found)
      }
    })
  } catch (error) {
    disposeParams(params)
    throw error
  }
  return params
}
