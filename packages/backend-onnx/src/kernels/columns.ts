import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'

type Info = backend_util.Conv2DInfo

/** What of a convolution says which pixels meet. */
export type Places = Pick<
  Info,
  | 'batchSize'
  | 'outHeight'
  | 'outWidth'
  | 'filterHeight'
  | 'filterWidth'
  | 'strideHeight'
  | 'strideWidth'
  | 'dilationHeight'
  | 'dilationWidth'
>

/** Images in NHWC. */
export interface Image {
  readonly ref: string
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Adds rows and columns of zeros: top, left, bottom, right; negative ones crop. */
export const padImage = (
  l: Lowering,
  image: Image,
  [top, left, bottom, right]: readonly [number, number, number, number],
): Image => ({
  ref: [top, left, bottom, right].every((n) => n === 0)
    ? image.ref
    : l.op('Pad', [image.ref, l.ints([0, top, left, 0, 0, bottom, right, 0])]),
  height: image.height + top + bottom,
  width: image.width + left + right,
  channels: image.channels,
})

/**
 * [N·outHeight·outWidth, kh·kw·channels]: for each output the pixels that its window holds, side by side.
 * Gather copies whole pixels with all threads, where slices and Concat would go through memory twice with one.
 */
export const columnsOf = (l: Lowering, image: Image, p: Places): string => {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth } = p
  const { height, width, channels } = image
  const dims = [batchSize * outHeight * outWidth, filterHeight * filterWidth * channels]
  const met: number[] = []
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++)
      for (let i = 0; i < filterHeight; i++)
        for (let j = 0; j < filterWidth; j++) {
          const row = y * p.strideHeight + i * p.dilationHeight
          met.push(row * width + x * p.strideWidth + j * p.dilationWidth)
        }
  if (met.length === height * width && met.every((pixel, i) => pixel === i))
    return l.reshape(image.ref, dims)
  const pixels = l.reshape(image.ref, [batchSize, height * width, channels])
  const places = l.builder.constant('int32', met, [met.length])
  return l.reshape(l.op('Gather', [pixels, places], { axis: 1 }), dims)
}

/**
 * Whether the maps are so small that products of single images would be slow, and all of the batch's pixels are
 * better taken into one.
 */
export const areSmall = (l: Lowering, p: Places): boolean =>
  l.provider === 'cpu' && p.outHeight * p.outWidth <= 100
