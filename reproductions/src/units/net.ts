import { model } from '@retable/models'
import type { Model } from '@retable/models'

/** A net as plain JSON: a name that `model` knows and its options. */
export type NetConfig = {
  readonly name: string
  readonly classes: number
  readonly inputSize: number
  readonly widthScale: number
  readonly initialization: 'paper' | 'normal-0.01' | 'glorot' | 'he' | 'pytorch'
  /** 0: none; null for a net that knows no dropout (`cifar-net`) */
  readonly dropout: number | null
  /** VGG alone: stages that end in a max-pool; all five unless given */
  readonly pools?: readonly number[]
  /** AlexNet alone: where the biases of conv2, conv4, conv5, fc6 and fc7 start */
  readonly biasInit?: number
  /** AlexNet alone: false for 2×2 pools of stride 2 */
  readonly overlappingPooling?: boolean
  /** AlexNet alone: middle convolutions left out */
  readonly omitLayers?: readonly ('conv2' | 'conv3' | 'conv4' | 'conv5')[]
  /** AlexNet alone: another first layer, for small images */
  readonly firstLayer?: {
    readonly kernelSize: number
    readonly strides: number
    readonly padding: number
  }
  /** AlexNet and cuda-convnet's nets: whether responses are normalised */
  readonly localResponseNorm?: boolean
  /** AlexNet and cuda-convnet's nets */
  readonly activation?: 'relu' | 'tanh'
}

/** The net that a configuration describes. */
export const buildNet = ({ name, dropout, ...options }: NetConfig): Model =>
  model(name, {
    ...options,
    ...(dropout !== null && { dropout: dropout > 0 ? dropout : false }),
  })

const counted = new Map<string, number>()

/** Multiply-adds of one image through the net, for estimates. */
export const multiplyAdds = (net: NetConfig): number => {
  const name = JSON.stringify(net)
  const known = counted.get(name) ?? buildNet(net).summary().totals.multiplyAdds
  counted.set(name, known)
  return known
}
