import { fromSpec, unknownName } from '@retable/core'
import type { AlexNetOptions } from './alexnet-options.js'
import { alexnet } from './alexnet.js'
import type { CifarNetOptions } from './cifar-net-options.js'
import { cifarNet } from './cifar-net.js'
import type { Model, ModelDescription } from './model.js'
import { createModel } from './model.js'
import type { ModelSpec } from './model-spec.js'
import type { VggOptions } from './vgg-options.js'
import { vgg } from './vgg.js'
import type { VggVariant } from './vgg-table1.js'

/** Options that the model of the name takes; `variant` is in the name. */
export type ModelOptions = VggOptions &
  Omit<AlexNetOptions, 'variant'> &
  Omit<CifarNetOptions, 'variant'>

/** The names that {@link model} knows, and what they mean. */
const named: Readonly<Record<string, ModelSpec>> = {
  alexnet: { kind: 'alexnet' },
  'alexnet-two-tower': { kind: 'alexnet', variant: 'two-tower' },
  'alexnet-ungrouped': { kind: 'alexnet', variant: 'ungrouped' },
  'alexnet-one-gpu': { kind: 'alexnet', variant: 'one-gpu' },
  'alexnet-class-notes': { kind: 'alexnet', variant: 'class-notes' },
  'alexnet-torchvision': { kind: 'alexnet', variant: 'torchvision' },
  'cifar-net': { kind: 'cifarNet' },
  'cifar-net-conv-local-13pct': { kind: 'cifarNet', variant: 'conv-local-13pct' },
  'cifar-net-conv-local-11pct': { kind: 'cifarNet', variant: 'conv-local-11pct' },
  'cifar-net-18pct': { kind: 'cifarNet', variant: '18pct' },
  'cifar-net-caffe-quick': { kind: 'cifarNet', variant: 'caffe-quick' },
  'vgg-A': { kind: 'vgg', variant: 'A' },
  'vgg-A-LRN': { kind: 'vgg', variant: 'A-LRN' },
  'vgg-B': { kind: 'vgg', variant: 'B' },
  'vgg-C': { kind: 'vgg', variant: 'C' },
  'vgg-D': { kind: 'vgg', variant: 'D' },
  'vgg-E': { kind: 'vgg', variant: 'E' },
  'vgg-B-5x5': { kind: 'vgg', variant: 'B-5x5' },
}

/** The names that {@link model} knows. */
export const modelNames: readonly string[] = Object.keys(named)

/**
 * A model by its name, for command lines: `vgg-D`, `alexnet`, `alexnet-class-notes`. In configurations use
 * {@link modelFromSpec}.
 *
 * @throws RetableError `unknown-name` with the nearest names; and what `vgg`, `alexnet` and `cifarNet` throw, an option
 * that the named net does not have included.
 * @example
 * const net = model('vgg-D', { classes: 10, inputSize: 32 })
 */
export const model = (name: string, options: ModelOptions = {}): Model => {
  const spec = Object.hasOwn(named, name) ? named[name] : undefined
  if (!spec) throw unknownName('model', name, modelNames)
  return modelFromSpec({ ...spec, ...options })
}

const factories = {
  vgg: ({ variant, ...options }: VggOptions & { readonly variant: VggVariant }) =>
    vgg(variant, options),
  alexnet,
  cifarNet,
  layers: (description: ModelDescription) => createModel(description),
}

/**
 * The net that `spec` describes: `modelFromSpec(model.spec)` is the same net, also after the spec has been through JSON.
 *
 * @throws RetableError `unknown-name` for an unknown kind or variant, `invalid-argument` for options that it does not
 * take, `invalid-shape` for images too small.
 * @example
 * modelFromSpec({ kind: 'vgg', variant: 'D', classes: 10, inputSize: 32 })
 */
export const modelFromSpec = (spec: ModelSpec): Model => fromSpec('model', factories, spec)
