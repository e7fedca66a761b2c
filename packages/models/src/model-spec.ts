import type { JsonOf } from '@retable/core'
import type { LayerSpec } from '@retable/layers'
import type { AlexNetOptions } from './alexnet-options.js'
import type { CifarNetOptions } from './cifar-net-options.js'
import type { VggOptions } from './vgg-options.js'
import type { VggVariant } from './vgg-table1.js'

/**
 * A net as plain JSON: one of the papers' with the options of its factory, or a list of layers.
 *
 * @example
 * { kind: 'vgg', variant: 'D', classes: 10, inputSize: 32 }
 */
export type ModelSpec =
  | ({ readonly kind: 'vgg'; readonly variant: VggVariant } & JsonOf<VggOptions>)
  | ({ readonly kind: 'alexnet' } & JsonOf<AlexNetOptions>)
  | ({ readonly kind: 'cifarNet' } & JsonOf<CifarNetOptions>)
  | {
      readonly kind: 'layers'
      readonly name: string
      readonly classes: number
      readonly inputSize: number | readonly [number, number]
      readonly layers: readonly LayerSpec[]
    }
