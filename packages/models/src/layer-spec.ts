import { RetableError } from '@retable/core'
import type { Shape } from '@retable/layers'

/**
 * How a layer's kernel starts. `normal`: mean 0, the given standard deviation. `glorot`: Glorot & Bengio,
 * uniform on ±√(6/(fan in + fan out)). `he`: He et al., normal of variance 2/fan in. `pytorch`: what
 * PyTorch's `nn.Conv2d` and `nn.Linear` do by themselves, uniform on ±1/√(fan in).
 */
export type KernelInit =
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'glorot' }
  | { readonly kind: 'he' }
  | { readonly kind: 'pytorch' }

/** How a layer's bias starts: a constant, or as PyTorch does, uniform on ±1/√(fan in). */
export type BiasInit = number | 'pytorch'

export interface Conv2dSpec {
  readonly kind: 'conv2d'
  readonly name: string
  readonly filters: number
  /** kernels are square */
  readonly kernelSize: number
  readonly stride: number
  /** zeros on each of the four sides */
  readonly padding: number
  readonly groups: number
  readonly kernelInit: KernelInit
  readonly biasInit: BiasInit
}

export interface DenseSpec {
  readonly kind: 'dense'
  readonly name: string
  readonly units: number
  readonly kernelInit: KernelInit
  readonly biasInit: BiasInit
}

/** A convolution whose kernel differs from place to place; stride 1. */
export interface LocallyConnected2dSpec {
  readonly kind: 'locallyConnected2d'
  readonly name: string
  readonly filters: number
  /** kernels are square */
  readonly kernelSize: number
  /** zeros on each of the four sides */
  readonly padding: number
  readonly kernelInit: KernelInit
  readonly biasInit: BiasInit
}

export interface PoolSpec {
  readonly kind: 'maxPool' | 'avgPool'
  readonly name: string
  readonly size: number
  readonly stride: number
  /** `same` pads below and right so that every pixel is in a window (cuda-convnet); `valid` drops the rest */
  readonly padding: 'valid' | 'same'
}

export interface AdaptiveAvgPoolSpec {
  readonly kind: 'adaptiveAvgPool'
  readonly name: string
  /** height and width of the output */
  readonly size: number
}

export interface LocalResponseNormSpec {
  readonly kind: 'localResponseNorm'
  readonly name: string
  readonly size: number
  readonly alpha: number
  readonly beta: number
  readonly k: number
  /** `pytorch` divides α by the size, `paper` does not */
  readonly convention: 'paper' | 'pytorch'
}

export interface DropoutSpec {
  readonly kind: 'dropout'
  readonly name: string
  /** the probability that a unit is dropped */
  readonly rate: number
  /** `inverted` scales by 1/(1 − rate) in training; `scale-at-test` by 1 − rate in test, as AlexNet's paper does */
  readonly form: 'inverted' | 'scale-at-test'
}

export interface PlainSpec {
  readonly kind: 'relu' | 'tanh' | 'flatten'
  readonly name: string
}

/** One layer of a net as plain data: what a paper's table says of it. */
export type LayerSpec =
  | Conv2dSpec
  | DenseSpec
  | LocallyConnected2dSpec
  | PoolSpec
  | AdaptiveAvgPoolSpec
  | LocalResponseNormSpec
  | DropoutSpec
  | PlainSpec

/** A layer that has a kernel and a bias. */
export type WeightedSpec = Conv2dSpec | DenseSpec | LocallyConnected2dSpec

/** Tells the layers that have parameters from those that have none. */
export const isWeighted = (spec: LayerSpec): spec is WeightedSpec =>
  spec.kind === 'conv2d' || spec.kind === 'dense' || spec.kind === 'locallyConnected2d'

/**
 * The shapes of a weighted layer's parameters, without making any: kernel HWIO, [in, out], or [places, k·k·in, out]
 * where every place has its own; and bias.
 */
export const parameterShapes = (
  spec: WeightedSpec,
  input: Shape,
): { readonly kernel: readonly number[]; readonly bias: readonly number[] } => {
  const channels = input.at(-1)!
  if (spec.kind === 'dense') return { kernel: [channels, spec.units], bias: [spec.units] }
  if (spec.kind === 'locallyConnected2d') {
    const { kernelSize, padding, filters } = spec
    const [height, width] = input.slice(0, 2).map((size) => size + 2 * padding - kernelSize + 1)
    return {
      kernel: [height! * width!, kernelSize * kernelSize * channels, filters],
      bias: [height!, width!, filters],
    }
  }
  if (channels % spec.groups !== 0 || spec.filters % spec.groups !== 0) {
    throw new RetableError(
      'invalid-shape',
      `${spec.name} has ${spec.groups} groups, which must divide its ${channels} input channels and its ${spec.filters} filters`,
    )
  }
  return {
    kernel: [spec.kernelSize, spec.kernelSize, channels / spec.groups, spec.filters],
    bias: [spec.filters],
  }
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** The number of a layer's parameters, from its description alone: nothing is allocated. */
export const countParameters = (spec: LayerSpec, input: Shape): number => {
  if (!isWeighted(spec)) return 0
  const shapes = parameterShapes(spec, input)
  return product(shapes.kernel) + product(shapes.bias)
}

/**
 * A layer's multiply-adds for one image: k²·(C/groups) for each output value of a convolution, one for each weight
 * of an FC layer and of a locally connected one; biases, activations, pools and LRN are not counted, as is usual.
 */
export const countMultiplyAdds = (spec: LayerSpec, input: Shape, output: Shape): number => {
  if (!isWeighted(spec)) return 0
  const { kernel } = parameterShapes(spec, input)
  return spec.kind === 'conv2d' ? product(kernel.slice(0, 3)) * product(output) : product(kernel)
}
