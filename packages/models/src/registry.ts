import { unknownName } from '@retable/core'
import type { AlexNetOptions } from './alexnet.js'
import { alexnet } from './alexnet.js'
import type { CifarNetOptions } from './cifar-net.js'
import { cifarNet } from './cifar-net.js'
import type { Model } from './model.js'
import type { VggOptions } from './vgg.js'
import { vgg } from './vgg.js'

/** Options that the model of the name takes; `variant` is in the name. */
export type ModelOptions = VggOptions &
  Omit<AlexNetOptions, 'variant'> &
  Omit<CifarNetOptions, 'variant'>

const makers: Readonly<Record<string, (options: ModelOptions) => Model>> = {
  alexnet: (options) => alexnet(options),
  'alexnet-two-tower': (options) => alexnet({ ...options, variant: 'two-tower' }),
  'alexnet-ungrouped': (options) => alexnet({ ...options, variant: 'ungrouped' }),
  'alexnet-one-gpu': (options) => alexnet({ ...options, variant: 'one-gpu' }),
  'alexnet-class-notes': (options) => alexnet({ ...options, variant: 'class-notes' }),
  'alexnet-torchvision': (options) => alexnet({ ...options, variant: 'torchvision' }),
  'cifar-net': (options) => cifarNet(options),
  'cifar-net-conv-local': (options) => cifarNet({ ...options, variant: 'conv-local' }),
  'cifar-net-three-conv': (options) => cifarNet({ ...options, variant: 'three-conv' }),
  'vgg-A': (options) => vgg('A', options),
  'vgg-A-LRN': (options) => vgg('A-LRN', options),
  'vgg-B': (options) => vgg('B', options),
  'vgg-C': (options) => vgg('C', options),
  'vgg-D': (options) => vgg('D', options),
  'vgg-E': (options) => vgg('E', options),
  'vgg-B-5x5': (options) => vgg('B-5x5', options),
}

/** The names that {@link model} knows. */
export const modelNames: readonly string[] = Object.keys(makers)

/**
 * A model by its name, for command lines and configuration files: `vgg-D`, `alexnet`, `alexnet-class-notes`.
 *
 * @throws RetableError `unknown-name` with the nearest names; and what `vgg`, `alexnet` and `cifarNet` throw, an option
 * that the named net does not have included.
 * @example
 * const net = model('vgg-D', { classes: 10, inputSize: 32 })
 */
export const model = (name: string, options: ModelOptions = {}): Model => {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined
  if (!make) throw unknownName('model', name, modelNames)
  return make(options)
}
