import type { LayerSpec } from '@retable/layers'

/** The nets that `cifarNet` knows, by the names of their definition files. */
export type CifarNetVariant = 'conv-local-13pct' | 'conv-local-11pct' | '18pct' | 'caffe-quick'

/** A normalization as a definition file has it. */
type NormEntry = Extract<LayerSpec, { readonly kind: 'localResponseNorm' | 'withinMapNorm' }> & {
  readonly name: string
}

/** A layer of a definition file; `std` is that of its normal initialization. */
export type CifarNetEntry =
  | {
      readonly kind: 'conv' | 'local'
      readonly name: string
      readonly width: number
      readonly kernelSize: number
      readonly std: number
    }
  | { readonly kind: 'maxPool' | 'avgPool'; readonly name: string }
  /** an FC layer without activation; width null: the classes */
  | {
      readonly kind: 'fc'
      readonly name: string
      readonly width: number | null
      readonly std: number
    }
  | NormEntry

/**
 * The norm of `conv-local-11pct`, across maps: size 9, scale 0.001 divided by the size, power 0.75, and 1 added. (AlexNet's
 * own, of size 5, is another.)
 */
const crossMap = (name: string): NormEntry => ({
  kind: 'localResponseNorm',
  name,
  size: 9,
  alpha: 1e-3,
  beta: 0.75,
  k: 1,
  convention: 'pytorch',
})

/** The norm of `18pct`, within a map: 3×3 pixels, scale 0.00005 divided by 9, power 0.75, and 1 added. */
const withinMap = (name: string): NormEntry => ({
  kind: 'withinMapNorm',
  name,
  size: 3,
  alpha: 5e-5,
  beta: 0.75,
  k: 1,
})

/**
 * cuda-convnet's definition files `layers-conv-local-13pct.cfg`, `layers-conv-local-11pct.cfg` and `layers-18pct.cfg`, and
 * Caffe's `cifar10_quick`, as data. The two conv-local nets differ in more than the norms: `local3` has 64 maps in the
 * second.
 */
// prettier-ignore
export const cifarNetTable: Readonly<Record<CifarNetVariant, readonly CifarNetEntry[]>> = {
  'conv-local-13pct': [
    { kind: 'conv', name: 'conv1', width: 64, kernelSize: 5, std: 0.0001 },
    { kind: 'maxPool', name: 'pool1' },
    { kind: 'conv', name: 'conv2', width: 64, kernelSize: 5, std: 0.01 },
    { kind: 'maxPool', name: 'pool2' },
    { kind: 'local', name: 'local3', width: 32, kernelSize: 3, std: 0.04 },
    { kind: 'local', name: 'local4', width: 32, kernelSize: 3, std: 0.04 },
    { kind: 'fc', name: 'fc10', width: null, std: 0.01 },
  ],
  'conv-local-11pct': [
    { kind: 'conv', name: 'conv1', width: 64, kernelSize: 5, std: 0.0001 },
    { kind: 'maxPool', name: 'pool1' },
    crossMap('norm1'),
    { kind: 'conv', name: 'conv2', width: 64, kernelSize: 5, std: 0.01 },
    crossMap('norm2'),
    { kind: 'maxPool', name: 'pool2' },
    { kind: 'local', name: 'local3', width: 64, kernelSize: 3, std: 0.04 },
    { kind: 'local', name: 'local4', width: 32, kernelSize: 3, std: 0.04 },
    { kind: 'fc', name: 'fc10', width: null, std: 0.01 },
  ],
  '18pct': [
    { kind: 'conv', name: 'conv1', width: 32, kernelSize: 5, std: 0.0001 },
    { kind: 'maxPool', name: 'pool1' },
    withinMap('norm1'),
    { kind: 'conv', name: 'conv2', width: 32, kernelSize: 5, std: 0.01 },
    { kind: 'avgPool', name: 'pool2' },
    withinMap('norm2'),
    { kind: 'conv', name: 'conv3', width: 64, kernelSize: 5, std: 0.01 },
    { kind: 'avgPool', name: 'pool3' },
    { kind: 'fc', name: 'fc10', width: null, std: 0.01 },
  ],
  'caffe-quick': [
    { kind: 'conv', name: 'conv1', width: 32, kernelSize: 5, std: 0.0001 },
    { kind: 'maxPool', name: 'pool1' },
    { kind: 'conv', name: 'conv2', width: 32, kernelSize: 5, std: 0.01 },
    { kind: 'avgPool', name: 'pool2' },
    { kind: 'conv', name: 'conv3', width: 64, kernelSize: 5, std: 0.01 },
    { kind: 'avgPool', name: 'pool3' },
    { kind: 'fc', name: 'fc64', width: 64, std: 0.1 },
    { kind: 'fc', name: 'fc10', width: null, std: 0.1 },
  ],
}
