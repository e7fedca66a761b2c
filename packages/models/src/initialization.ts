import { RetableError, unknownName } from '@retable/core'
import type { InitializerSpec } from '@retable/layers'

/**
 * How a net's kernels start. `paper`: what its paper writes (VGG: normal of variance 10⁻², AlexNet: normal of
 * standard deviation 0.01). `normal-0.01`: normal of standard deviation 10⁻², which many re-implementations of
 * VGG take. `glorot`: Glorot & Bengio's uniform, with which VGG's authors found pre-training unnecessary.
 * `he`: He et al.'s normal. `pytorch`: PyTorch's defaults, biases included. Or the spec of an initializer of `@retable/layers`.
 */
export type Initialization = 'paper' | 'normal-0.01' | 'glorot' | 'he' | 'pytorch' | InitializerSpec

const names = ['paper', 'normal-0.01', 'glorot', 'he', 'pytorch'] as const

/** How a layer's parameters start. */
export interface Initializers {
  readonly kernelInitializer: InitializerSpec
  readonly biasInitializer: InitializerSpec
}

const zero: InitializerSpec = { kind: 'constant', value: 0 }

/** Biases that start at a number, or as PyTorch's do. */
export const biasFrom = (start: number | 'pytorch'): InitializerSpec =>
  start === 'pytorch' ? { kind: 'pytorchUniform' } : { kind: 'constant', value: start }

/** The initialization that `option` names; `paperStd` is the standard deviation of the net's own paper. */
export const resolveInitialization = (option: Initialization, paperStd: number): Initializers => {
  if (typeof option === 'object') {
    if (option.kind === 'normal' && !(option.std >= 0 && Number.isFinite(option.std))) {
      throw new RetableError(
        'invalid-argument',
        `initialization's std is a finite number of at least 0, found ${option.std}`,
      )
    }
    const biasInitializer = option.kind === 'pytorchUniform' ? option : zero
    return { kernelInitializer: option, biasInitializer }
  }
  switch (option) {
    case 'paper':
      return { kernelInitializer: { kind: 'normal', std: paperStd }, biasInitializer: zero }
    case 'normal-0.01':
      return { kernelInitializer: { kind: 'normal', std: 0.01 }, biasInitializer: zero }
    case 'glorot':
      return { kernelInitializer: { kind: 'glorotUniform' }, biasInitializer: zero }
    case 'he':
      return { kernelInitializer: { kind: 'heNormal' }, biasInitializer: zero }
    case 'pytorch':
      return { kernelInitializer: biasFrom('pytorch'), biasInitializer: biasFrom('pytorch') }
    default:
      throw unknownName('initialization', String(option satisfies never), names)
  }
}
