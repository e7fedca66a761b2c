import { RetableError } from '@retable/core'
import type { Conv2dSpec, DenseSpec, LayerSpec } from './layer-spec.js'
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

const hasCounterpart = (spec: LayerSpec): spec is Conv2dSpec | DenseSpec =>
  spec.kind === 'conv2d' || spec.kind === 'dense'

/** The layers with parameters, in order. @throws RetableError `invalid-argument` for a layer that PyTorch has not. */
export const pytorchLayers = (model: Model): readonly PyTorchLayer[] => {
  const shapes = shapesThrough(model.layers, model.inputShape)
  let map: readonly number[] | undefined
  return model.specs.flatMap((spec, i): PyTorchLayer[] => {
    const input = shapes[i]!
    if (spec.kind === 'flatten') map = input
    if (spec.kind === 'locallyConnected2d') {
      throw new RetableError(
        'invalid-argument',
        `${model.name} has no counterpart in PyTorch: its layer "${spec.name}" is locally connected`,
      )
    }
    if (!hasCounterpart(spec)) return []
    const { name } = spec
    if (spec.kind === 'conv2d') {
      const inputs = input[2]! / spec.groups
      const oihw = [spec.filters, inputs, spec.kernelSize, spec.kernelSize] as const
      const kernel = [spec.kernelSize, spec.kernelSize, inputs, spec.filters]
      return [{ name, kernel, weight: oihw, oihw }]
    }
    const [height, width, channels] = map ?? [1, 1, input[0]!]
    map = undefined
    return [
      {
        name,
        kernel: [input[0]!, spec.units],
        weight: [spec.units, input[0]!],
        oihw: [spec.units, channels!, height!, width!],
      },
    ]
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
  for (const spec of model.specs) {
    if (spec.kind === 'dense') {
      names[spec.name] = `classifier.${classifier[fc]}`
      fc += 1
    } else if (spec.kind !== 'adaptiveAvgPool' && fc === 0) {
      if (spec.kind === 'conv2d') names[spec.name] = `features.${feature}`
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
  if (model.name.startsWith('vgg-')) return torchvisionNames(model, classifiers.vgg)
  if (model.name === 'alexnet-torchvision') return torchvisionNames(model, classifiers.alexnet)
  return Object.fromEntries(pytorchLayers(model).map(({ name }) => [name, name]))
}
