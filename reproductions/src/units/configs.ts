import type { ModelSpec } from '@retable/models'
import { protocolFromSpec } from '@retable/training'
import type { ProtocolSpec } from '@retable/training'
import type { DataRequest } from '../data/data-request.js'
import type { PixelScale, TrainInput } from './input.js'
import type { Learning } from './learning.js'

/** All that decides what a net becomes, besides seed and what it starts from. */
export type TrainConfig = {
  /** what is trained */
  readonly net: ModelSpec
  /** the training set */
  readonly data: DataRequest
  /** so many training images, as `limited` takes them; null: all */
  readonly limit: number | null
  /** share of the training images held out for validation, at random; 0: none */
  readonly validation: number
  /** images to validate on that are not the training set's; in place of a share of them */
  readonly validationData?: DataRequest
  /** how an image becomes the net's input */
  readonly input: TrainInput
  /** batches, optimizer, schedule and their stopping rules */
  readonly learning: Learning
  /** what is taken over from the needed unit `start`, whose net this is; null: all is drawn */
  readonly startFrom: { readonly net: ModelSpec; readonly layers: 'vgg-pretraining' | 'all' } | null
  /** the k-th further net of the same seed, from 1 on: it draws from a stream of its own; without it the seed's own net */
  readonly member?: number
  /** the k-th stage of one training, from 2 on, which goes through the images in an order of its own; absent in the first */
  readonly stage?: number
}

/** How a trained net (the needed unit `net`) is tested. */
export type EvaluateConfig = {
  /** the net that was trained */
  readonly net: ModelSpec
  /** the test set */
  readonly data: DataRequest
  /** so many test images, as `limited` takes them; null: all */
  readonly limit: number | null
  /** Q: the shorter side of the rescaled test image, in pixels */
  readonly scale: number
  /** the central square of the rescaled image is what is shown (AlexNet §2); else all of it */
  readonly square?: boolean
  /** how pixels are scaled, as in training */
  readonly pixels: PixelScale
  /** which views of an image are averaged */
  readonly protocol: ProtocolSpec
}

/** How often the net runs on a square image of side `Q`, for estimates; against the net's own input if it runs densely. */
export const viewsOf = (spec: ProtocolSpec, Q: number, input: number): number => {
  const protocol = protocolFromSpec(spec)
  return protocol.views(Q, Q).length * (protocol.dense ? (Q / input) ** 2 : 1)
}
