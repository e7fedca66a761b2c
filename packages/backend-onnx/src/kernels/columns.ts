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

/** Rows and columns of zeros around an image: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number]

/**
 * [N·outHeight·outWidth, kh·kw·channels]: for each output the pixels that its window holds, side by side.
 * Gather copies whole pixels with all threads; slices and Concat would go through memory twice with one. If
 * windows reach beyond the image they find one pixel of zeros that follows it: half the cost of padding the image.
 *
 * A filter's gradient makes the columns of the forward pass again (`again`): kept from there, all layers' columns
 * would lie in memory at once, kh·kw times the maps, and to read them back costs more than to gather them.
 */
export const columnsOf = (
  l: Lowering,
  image: Image,
  p: Places,
  [top, left]: Pads = [0, 0, 0, 0],
  again = false,
): string => {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth } = p
  const { height, width, channels } = image
  const outside = height * width
  const dims = [batchSize * outHeight * outWidth, filterHeight * filterWidth * channels]
  const met: number[] = []
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++)
      for (let i = 0; i < filterHeight; i++)
        for (let j = 0; j < filterWidth; j++) {
          const row = y * p.strideHeight + i * p.dilationHeight - top
          const column = x * p.strideWidth + j * p.dilationWidth - left
          const inside = row >= 0 && row < height && column >= 0 && column < width
          met.push(inside ? row * width + column : outside)
        }
  if (met.length === height * width && met.every((pixel, i) => pixel === i))
    return l.reshape(image.ref, dims)
  const pixels = l.reshape(image.ref, [batchSize, height * width, channels])
  const source = met.includes(outside)
    ? l.op('Concat', [pixels, zeros(l, [batchSize, 1, channels])], { axis: 1 })
    : pixels
  // Another type of index makes another node, which ONNX Runtime does not merge with the first.
  const places = l.builder.constant(again ? 'int64' : 'int32', met, [met.length])
  return l.reshape(l.op('Gather', [source, places], { axis: 1 }), dims)
}

const zeros = (l: Lowering, dims: readonly number[]): string =>
  l.builder.constant('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims)

/**
 * Whether the maps are so small that products of single images would be slow, and all of the batch's pixels are
 * better taken into one.
 */
export const areSmall = (l: Lowering, p: Places): boolean =>
  l.provider === 'cpu' && p.outHeight * p.outWidth <= 100
