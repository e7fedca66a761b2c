import { unknownName } from '@retable/core'
import type { InitializerSpec, LayerSpec } from '@retable/layers'
import type { Initializers } from './initialization.js'

/** The activations of the papers' nets. */
export type Activation = 'relu' | 'tanh'

/** @throws RetableError `unknown-name` unless `activation` is one of the papers' nets. */
export const checkActivation = (activation: string): Activation => {
  if (activation === 'relu' || activation === 'tanh') return activation
  throw unknownName('activation', activation, ['relu', 'tanh'])
}

/** What {@link classifier} is made from. */
export interface ClassifierOptions {
  /** Units of the last layer. */
  readonly classes: number
  /** units of fc6 and of fc7 */
  readonly hiddenUnits: number
  /** What follows fc6 and fc7. */
  readonly activation: Activation
  /** Where kernels and biases start. */
  readonly inits: Initializers
  /** where the biases of fc6 and fc7 start, if not as `inits` says */
  readonly hiddenBias?: InitializerSpec
  /** The dropout of fc6 and fc7. */
  readonly dropout: {
    /** 0: none */
    readonly rate: number
    readonly form: 'inverted' | 'scale-at-test'
    readonly place: 'before-dense' | 'after-hidden'
  }
  /** an average pool to this many pixels first */
  readonly adaptivePool?: number | undefined
}

/** The end that AlexNet and VGG share: fc6 and fc7, each with its activation and dropout, and fc8, which gives the logits. */
export const classifier = (options: ClassifierOptions): readonly LayerSpec[] => {
  const { classes, hiddenUnits, activation, inits, hiddenBias = inits.biasInitializer } = options
  const { dropout, adaptivePool } = options
  const hidden = [6, 7].flatMap((n): LayerSpec[] => {
    const layers: LayerSpec[] = [
      { kind: 'dense', name: `fc${n}`, units: hiddenUnits, ...inits, biasInitializer: hiddenBias },
      { kind: activation, name: `${activation}${n}` },
    ]
    if (dropout.rate === 0) return layers
    const { rate, form } = dropout
    const drop: LayerSpec = { kind: 'dropout', name: `drop${n}`, rate, form }
    return dropout.place === 'before-dense' ? [drop, ...layers] : [...layers, drop]
  })
  return [
    ...(adaptivePool === undefined
      ? []
      : [{ kind: 'adaptiveAvgPool', name: 'avgpool', size: adaptivePool } as const]),
    { kind: 'flatten', name: 'flatten' },
    ...hidden,
    { kind: 'dense', name: 'fc8', units: classes, ...inits },
  ]
}
