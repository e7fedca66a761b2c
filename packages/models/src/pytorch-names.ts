import { RetableError } from '@retable/core'
import { checkModel } from './check-options.js'
import { parameterShapesOf, specOf } from './layer-parameters.js'
import type { Model } from './model.js'
import type { Oihw } from './oihw.js'
import { shapesThrough } from './shapes-through.js'

/** Where PyTorch keeps a net's layers: a module's name (`features.0`) for each of ours (`conv1_1`). */
export type PyTorchNames = Readonly<Record<string, string>>

/** A layer of ours with the shape of its weight in PyTorch, [out, in, height, width] or [out, in]. */
export interface PyTorchLayer {
  readonly name: string
  readonly kernel: readonly number[]
  readonly weight: readonly number[]
  /** the weight as four sizes; an FC layer on a map has the map's height and width */
  readonly oihw: Oihw
}

/** The layers with parameters, in order. @throws RetableError `invalid-argument` for a layer that PyTorch has not. */
export const pytorchLayers = (model: Model): readonly PyTorchLayer[] => {
  const shapes = shapesThrough(model.layers, model.inputShape)
  let map: readonly number[] | undefined
  return model.layers.flatMap((layer, i): PyTorchLayer[] => {
    const { name } = layer
    const input = shapes[i]!
    const { kernel, bias, ...more } = parameterShapesOf(layer, input)
    const kind = specOf(layer)?.kind
    if (kind === 'flatten') map = input
    if (kind === 'conv2d' && kernel && bias) {
      const [height, width, inputs, outputs] = kernel as readonly [number, number, number, number]
      const oihw = [outputs, inputs, height, width] as const
      return [{ name, kernel, weight: oihw, oihw }]
    }
    if (kind === 'dense' && kernel && bias) {
      const [inputs, outputs] = kernel as readonly [number, number]
      const [height, width, channels] = map ?? [1, 1, inputs]
      map = undefined
      return [
        {
          name,
          kernel,
          weight: [outputs, inputs],
          oihw: [outputs, channels!, height!, width!],
        },
      ]
    }
    if (!kernel && !bias && Object.keys(more).length === 0) return []
    throw new RetableError(
      'invalid-argument',
      `${model.name} has no counterpart in PyTorch: ${
        kind === 'locallyConnected2d'
          ? `its layer "${name}" is locally connected`
          : `its layer "${name}" is no convolution and no FC layer with a bias`
      }`,
    )
  })
}

/** Places of the three `nn.Linear` in torchvision's `classifier`. */
const classifiers: Readonly<Record<'vgg' | 'alexnet', readonly number[]>> = {
  vgg: [0, 3, 6],
  alexnet: [1, 4, 6],
}

const torchvisionNames = (model: Model, classifier: readonly number[]): PyTorchNames => {
  let feature = 0
  let fc = 0
  const names: Record<string, string> = {}
  for (const { name, spec } of model.layers) {
    if (spec?.kind === 'dense') {
      names[name] = `classifier.${classifier[fc]}`
      fc += 1
    } else if (spec?.kind !== 'adaptiveAvgPool' && fc === 0) {
      if (spec?.kind === 'conv2d') names[name] = `features.${feature}`
      feature += 1
    }
  }
  return names
}

/**
 * The names of a net's modules in PyTorch: torchvision's for `vgg` (vgg11 is A, vgg13 B, vgg16 D, vgg19 E; C and A-LRN
 * counted in the same way) and for alexnet's variant `torchvision`, else our own (`conv1`, `fc6`).
 *
 * @example
 * pytorchNames(vgg('A'))['conv2_1'] // 'features.3'
 */
export const pytorchNames = (model: Model): PyTorchNames => {
  checkModel('the argument of pytorchNames', model)
  if (model.name.startsWith('vgg-')) return torchvisionNames(model, classifiers.vgg)
  if (model.name === 'alexnet-torchvision') return torchvisionNames(model, classifiers.alexnet)
  return Object.fromEntries(pytorchLayers(model).map(({ name }) => [name, name]))
}
