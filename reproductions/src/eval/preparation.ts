import { unknownName } from '@retable/core'
import {
  centerCrop,
  compose,
  multiCrop,
  normalize,
  resize,
  subtractMeanRgb,
  tenCrop,
  toFloat,
} from '@retable/transforms'
import type { MultiViewTransform, Transform } from '@retable/transforms'

/** How pixels were given to a net when its published weights were trained. */
export type PixelsAs = 'torchvision' | 'caffe'
/** What of an image a net is shown at once. */
export type Views = 'center' | 'ten-crop' | 'dense' | 'multi-crop'
/** What of an image a net is shown; `both`: dense and multi-crop, their posteriors averaged (VGG §4.4). */
export type EvalProtocol = Views | 'both'

export const pixelNames: readonly PixelsAs[] = ['torchvision', 'caffe']
export const protocolNames: readonly EvalProtocol[] = ['center', 'ten-crop', 'dense', 'multi-crop', 'both'] // prettier-ignore

/** One pass over the test images: at shorter side `Q`, one way of showing them. */
export interface TestPass {
  readonly Q: number
  readonly views: Views
}

/** The passes whose posteriors are averaged: every scale, and for `both` the two ways at each. */
export const testPasses = (
  protocol: EvalProtocol,
  scales: readonly number[],
): readonly TestPass[] => {
  const shown: readonly Views[] = protocol === 'both' ? ['dense', 'multi-crop'] : [protocol]
  return scales.flatMap((Q) => shown.map((views) => ({ Q, views })))
}

/** Side of the crops and of the nets' input, in pixels. */
export const cropSide = 224

const pixels: Readonly<Record<PixelsAs, () => readonly Transform[]>> = {
  // Of values from 0 to 1, red, green, blue.
  torchvision: () => [normalize({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] })],
  // Gray levels less the training set's mean pixel: the authors' weights, and Keras's.
  caffe: () => [toFloat({ scale: 255 }), subtractMeanRgb({ mean: [123.68, 116.779, 103.939] })],
}

/**
 * The transform of test images for a protocol: rescaled to shorter side `Q`, then the protocol's crops; all of the image
 * if the protocol is dense.
 *
 * @throws RetableError `unknown-name` for a protocol or pixels that are none.
 */
export const preparation = (
  Q: number,
  as: PixelsAs,
  protocol: Views,
): Transform | MultiViewTransform => {
  if (!pixelNames.includes(as)) throw unknownName('pixels', as, pixelNames)
  const rescaled = resize({ size: Q })
  switch (protocol) {
    case 'center':
      return compose([rescaled, centerCrop({ size: cropSide }), ...pixels[as]()])
    case 'ten-crop':
      return compose([rescaled, tenCrop({ size: cropSide }), ...pixels[as]()])
    case 'multi-crop':
      return compose([rescaled, multiCrop({ size: cropSide }), ...pixels[as]()])
    case 'dense':
      return compose([rescaled, ...pixels[as]()])
    default:
      throw unknownName('protocol', String(protocol satisfies never), protocolNames)
  }
}
