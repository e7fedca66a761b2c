import { model } from '@retable/models'
import type { Model } from '@retable/models'

/** A net as plain JSON: a name that `model` knows and its options. */
export type NetConfig = {
  readonly name: string
  readonly classes: number
  readonly inputSize: number
  readonly widthScale: number
  readonly initialization: 'paper' | 'glorot' | 'he' | 'pytorch'
  readonly dropout: number
  /** VGG alone: false leaves the last max-pool out */
  readonly lastPool?: boolean
}

/** The net that a configuration describes. */
export const buildNet = ({ name, dropout, ...options }: NetConfig): Model =>
  model(name, { ...options, dropout: dropout > 0 ? dropout : false })

/** Multiply-adds of one image through the net, for estimates. */
export const multiplyAdds = (net: NetConfig): number => buildNet(net).summary().totals.multiplyAdds
