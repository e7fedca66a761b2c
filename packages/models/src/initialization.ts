import { RetableError, unknownName } from '@retable/core'
import type { BiasInit, KernelInit } from './layer-spec.js'

/**
 * How a net's kernels start. `paper`: what its paper writes (VGG: normal of variance 10⁻², AlexNet: normal of
 * standard deviation 0.01). `normal-0.01`: normal of standard deviation 10⁻², which many re-implementations of
 * VGG take. `glorot`: Glorot & Bengio's uniform, with which VGG's authors found pre-training unnecessary.
 * `he`: He et al.'s normal. `pytorch`: PyTorch's defaults, biases included. Or a {@link KernelInit}.
 */
export type Initialization = 'paper' | 'normal-0.01' | 'glorot' | 'he' | 'pytorch' | KernelInit

const names = ['paper', 'normal-0.01', 'glorot', 'he', 'pytorch'] as const

/** The initialization that `option` names; `paperStd` is the standard deviation of the net's own paper. */
export const resolveInitialization = (
  option: Initialization,
  paperStd: number,
): { readonly kernelInit: KernelInit; readonly biasInit: BiasInit } => {
  if (typeof option === 'object') {
    if (option.kind === 'normal' && !(option.std >= 0 && Number.isFinite(option.std))) {
      throw new RetableError(
        'invalid-argument',
        `initialization's std is a finite number of at least 0, found ${option.std}`,
      )
    }
    return { kernelInit: option, biasInit: option.kind === 'pytorch' ? 'pytorch' : 0 }
  }
  switch (option) {
    case 'paper':
      return { kernelInit: { kind: 'normal', std: paperStd }, biasInit: 0 }
    case 'normal-0.01':
      return { kernelInit: { kind: 'normal', std: 0.01 }, biasInit: 0 }
    case 'glorot':
      return { kernelInit: { kind: 'glorot' }, biasInit: 0 }
    case 'he':
      return { kernelInit: { kind: 'he' }, biasInit: 0 }
    case 'pytorch':
      return { kernelInit: { kind: 'pytorch' }, biasInit: 'pytorch' }
    default:
      throw unknownName('initialization', String(option satisfies never), names)
  }
}
