import { fromSpec, type Specs } from '@retable/core'
import { adaptiveAvgPool, type AdaptiveAvgPoolOptions } from './adaptive-avg-pool.js'
import { avgPool, type AvgPoolOptions } from './avg-pool.js'
import { conv2d, type Conv2dOptions } from './conv2d.js'
import { dense, type DenseOptions } from './dense.js'
import { dropout, type DropoutOptions } from './dropout.js'
import { flatten } from './flatten.js'
import type { Layer, PlainLayerSpec } from './layer.js'
import { localResponseNorm, type LocalResponseNormOptions } from './local-response-norm.js'
import { locallyConnected2d, type LocallyConnected2dOptions } from './locally-connected-2d.js'
import { maxPool } from './max-pool.js'
import type { PoolOptions } from './pool-layer.js'
import { relu } from './relu.js'
import { softmax } from './softmax.js'
import { tanh } from './tanh.js'
import { withinMapNorm, type WithinMapNormOptions } from './within-map-norm.js'

interface Named {
  readonly name?: string
}

/** The kinds of layers with the options of their factories. A new layer is a line here and one in `factories`. */
interface LayerKinds {
  readonly adaptiveAvgPool: AdaptiveAvgPoolOptions
  readonly avgPool: AvgPoolOptions
  readonly conv2d: Conv2dOptions
  readonly dense: DenseOptions
  readonly dropout: DropoutOptions
  readonly flatten: Named
  readonly localResponseNorm: LocalResponseNormOptions
  readonly locallyConnected2d: LocallyConnected2dOptions
  readonly maxPool: PoolOptions
  readonly relu: Named
  readonly softmax: Named
  readonly tanh: Named
  readonly withinMapNorm: WithinMapNormOptions
}

/** A layer as plain JSON: `{ kind: 'conv2d', name: 'conv1', filters: 96, kernelSize: 11, strides: 4 }`. */
export type LayerSpec = Specs<LayerKinds>

const factories: { readonly [K in keyof LayerKinds]: (options: LayerKinds[K]) => Layer } = {
  adaptiveAvgPool,
  avgPool,
  conv2d,
  dense,
  dropout,
  flatten,
  localResponseNorm,
  locallyConnected2d,
  maxPool,
  relu,
  softmax,
  tanh,
  withinMapNorm,
}

/**
 * The layer that `spec` describes: `layerFromSpec(layer.spec)` does what `layer` does, also after the spec has been through
 * JSON.
 *
 * @throws RetableError `unknown-name` for an unknown kind, `invalid-argument` for options that it does not take.
 * @example
 * layerFromSpec({ kind: 'dense', name: 'fc8', units: 10, kernelInitializer: { kind: 'normal', std: 0.01 } })
 */
export const layerFromSpec = (spec: LayerSpec | PlainLayerSpec): Layer =>
  fromSpec('kind of layer', factories, spec)
