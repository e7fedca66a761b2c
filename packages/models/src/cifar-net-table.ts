import type { NormConstants } from './local-response-norm.js'

/** The nets that `cifarNet` knows. */
export type CifarNetVariant = 'conv-local' | 'three-conv'

/** A layer of a definition file; `std` is that of its normal initialization, and `norm` is left out unless asked for. */
export type CifarNetEntry =
  | {
      readonly kind: 'conv' | 'local'
      readonly name: string
      readonly width: number
      readonly kernelSize: number
      readonly std: number
    }
  | { readonly kind: 'norm' | 'maxPool' | 'avgPool'; readonly name: string }
  | { readonly kind: 'fc'; readonly name: string; readonly std: number }

/** cuda-convnet's definition files `conv-local-13pct` (`-11pct` with the norms) and `18pct`, as data. */
// prettier-ignore
export const cifarNetTable: Readonly<Record<CifarNetVariant, readonly CifarNetEntry[]>> = {
  'conv-local': [
    { kind: 'conv', name: 'conv1', width: 64, kernelSize: 5, std: 0.0001 },
    { kind: 'norm', name: 'norm1' },
    { kind: 'maxPool', name: 'pool1' },
    { kind: 'conv', name: 'conv2', width: 64, kernelSize: 5, std: 0.01 },
    { kind: 'norm', name: 'norm2' },
    { kind: 'maxPool', name: 'pool2' },
    { kind: 'local', name: 'local3', width: 32, kernelSize: 3, std: 0.04 },
    { kind: 'local', name: 'local4', width: 32, kernelSize: 3, std: 0.04 },
    { kind: 'fc', name: 'fc10', std: 0.01 },
  ],
  'three-conv': [
    { kind: 'conv', name: 'conv1', width: 32, kernelSize: 5, std: 0.0001 },
    { kind: 'maxPool', name: 'pool1' },
    { kind: 'norm', name: 'norm1' },
    { kind: 'conv', name: 'conv2', width: 32, kernelSize: 5, std: 0.01 },
    { kind: 'avgPool', name: 'pool2' },
    { kind: 'norm', name: 'norm2' },
    { kind: 'conv', name: 'conv3', width: 64, kernelSize: 5, std: 0.01 },
    { kind: 'avgPool', name: 'pool3' },
    { kind: 'fc', name: 'fc10', std: 0.01 },
  ],
}

/** cuda-convnet's constants: scale 0.001 divided by the size 5, power 0.75, and 1 added. */
export const cifarNetNorm: NormConstants = {
  size: 5,
  alpha: 1e-3,
  beta: 0.75,
  k: 1,
  convention: 'pytorch',
}
