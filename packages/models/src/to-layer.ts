import { unknownName } from '@retable/core'
import type { Initializer, Layer } from '@retable/layers'
import {
  avgPool,
  constant,
  conv2d,
  dense,
  dropout,
  flatten,
  glorotUniform,
  heNormal,
  localResponseNorm,
  maxPool,
  normal,
  relu,
  tanh,
} from '@retable/layers'
import { adaptiveAvgPool } from './adaptive-avg-pool.js'
import { locallyConnected2d } from './locally-connected-2d.js'
import type { BiasInit, KernelInit, LayerSpec } from './layer-spec.js'

/**
 * PyTorch's own start of `nn.Conv2d` and `nn.Linear` kernels: `kaiming_uniform_(a=√5)`, which is uniform on
 * ±1/√(fan in).
 */
const pytorchKernel: Initializer = (random, shape, { fanIn }) => {
  const limit = 1 / Math.sqrt(fanIn)
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1))
  return random.fillUniform(values, -limit, limit)
}

const kernelInitializer = (init: KernelInit): Initializer => {
  switch (init.kind) {
    case 'normal':
      return normal(init.std)
    case 'glorot':
      return glorotUniform()
    case 'he':
      return heNormal()
    case 'pytorch':
      return pytorchKernel
    default:
      return init satisfies never
  }
}

/** The fans are the kernel's for the bias too, so that PyTorch's rule is the same for both. */
const biasInitializer = (init: BiasInit): Initializer =>
  init === 'pytorch' ? pytorchKernel : constant(init)

/** A description without what tells its kind: the options of its layer. */
const optionsOf = <Spec extends { readonly kind: string }>({
  kind: _kind,
  ...options
}: Spec): Omit<Spec, 'kind'> => options

const kinds: Readonly<Record<LayerSpec['kind'], true>> = {
  conv2d: true,
  dense: true,
  locallyConnected2d: true,
  maxPool: true,
  avgPool: true,
  adaptiveAvgPool: true,
  localResponseNorm: true,
  dropout: true,
  relu: true,
  tanh: true,
  flatten: true,
}

/**
 * The layer that a description stands for.
 *
 * @throws RetableError `unknown-name` for a kind that is none; what the layer throws.
 */
export const toLayer = (spec: LayerSpec): Layer => {
  switch (spec.kind) {
    case 'conv2d':
      return conv2d({
        name: spec.name,
        filters: spec.filters,
        kernelSize: spec.kernelSize,
        strides: spec.stride,
        padding: spec.padding,
        groups: spec.groups,
        kernelInitializer: kernelInitializer(spec.kernelInit),
        biasInitializer: biasInitializer(spec.biasInit),
      })
    case 'dense':
      return dense({
        name: spec.name,
        units: spec.units,
        kernelInitializer: kernelInitializer(spec.kernelInit),
        biasInitializer: biasInitializer(spec.biasInit),
      })
    case 'locallyConnected2d':
      return locallyConnected2d({
        name: spec.name,
        filters: spec.filters,
        kernelSize: spec.kernelSize,
        padding: spec.padding,
        kernelInitializer: kernelInitializer(spec.kernelInit),
        biasInitializer: biasInitializer(spec.biasInit),
      })
    case 'maxPool':
      return maxPool(optionsOf(spec))
    case 'avgPool':
      return avgPool(optionsOf(spec))
    case 'adaptiveAvgPool':
      return adaptiveAvgPool(spec)
    case 'localResponseNorm':
      return localResponseNorm(optionsOf(spec))
    case 'dropout':
      return dropout(optionsOf(spec))
    case 'relu':
      return relu(optionsOf(spec))
    case 'tanh':
      return tanh(optionsOf(spec))
    case 'flatten':
      return flatten(optionsOf(spec))
    default:
      spec satisfies never
      throw unknownName('kind of layer', (spec as LayerSpec).kind, Object.keys(kinds))
  }
}
