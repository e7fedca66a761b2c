import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { sameLayout, type Layout, type Sym } from '../graph/symbol.js'
import { nchwOf, nhwcOf } from './axes.js'
import type { Pads } from './columns.js'

type Info = backend_util.Conv2DInfo

/** A convolution's filter [kh, kw, I, O] as it is, or as the gradient of its input needs it: turned, from O to I. */
export interface BlockedFilter {
  readonly filter: Sym
  /** the places in order, [kh·kw, I·O] */
  readonly places: string
  readonly turned: boolean
}

/** What else a convolution in blocks is made of. */
interface BlockedConvolution {
  readonly bias: string | null
  readonly info: Info
  readonly strides: readonly [number, number]
  readonly pads: Pads
  /** NCHW or NHWC, in which its maps come out */
  readonly layout: Layout
}

/** The channels that a filter reads and those that it makes. */
const channelsOf = ({ filter, turned }: BlockedFilter): readonly [number, number] => {
  const [, , rows, columns] = filter.shape as [number, number, number, number]
  return turned ? [columns, rows] : [rows, columns]
}

const upTo = (l: Lowering, channels: number): number => Math.ceil(channels / l.block) * l.block

/**
 * Whether ONNX Runtime's convolution of maps in blocks of channels is faster: [N, C/b, H, W, b] with the 8 or 16 channels
 * of a vector. It needs no columns, and reads each filter's block as it lies. tools/bench/convolutions.mjs measures it
 * with all its reordering.
 */
export const suitsBlocks = (l: Lowering, info: Info, inputs: number, outputs: number): boolean =>
  l.block > 0 &&
  info.dilationHeight === 1 &&
  info.dilationWidth === 1 &&
  (inputs < l.block || inputs % 4 === 0) &&
  2 * outputs >= l.block &&
  info.filterHeight * info.filterWidth > 1

/** Maps in blocks, padded with channels of zeros. */
const blocksOf = (l: Lowering, x: Sym, info: Info): string => {
  const nhwc = nhwcOf(info)
  const last = x.forms.some(({ layout }) => sameLayout(layout, nhwc))
  return l.blocked(
    'ReorderInput',
    [l.as(x, last ? nhwc : nchwOf(info))],
    last ? { channels_last: 1 } : {},
  )
}

/** The filter as blocks [O/b, I/b, kh, kw, b of I, b of O]; few inputs stay as they are: [O/b, I, kh, kw, b]. */
const filterBlocks = (l: Lowering, source: BlockedFilter): string => {
  const b = l.block
  const { filter, places, turned } = source
  const [height, width, rows, columns] = filter.shape as [number, number, number, number]
  const [inputs, outputs] = channelsOf(source)
  const [isFew, whole] = [inputs < b, upTo(l, outputs)]
  const taken = isFew ? inputs : upTo(l, inputs)
  const size = height * width
  const [first, second] = turned ? [whole, taken] : [taken, whole]
  const table = l.reshape(places, [size, rows, columns])
  const padded =
    first === rows && second === columns
      ? table
      : l.op('Pad', [table, l.ints([0, 0, 0, 0, first - rows, second - columns])])
  const split = (n: number): number[] => (n % b === 0 ? [n / b, b] : [1, n])
  const axes = l.reshape(padded, [size, ...split(first), ...split(second)])
  // Axes: 0 places, 1 and 2 the first channels, 3 and 4 the second.
  const [into, out] = turned ? [[3, 4], [1, 2]] : [[1, 2], [3, 4]] // prettier-ignore
  const perm = isFew
    ? [out[0]!, into[0]!, into[1]!, 0, out[1]!]
    : [out[0]!, into[0]!, 0, into[1]!, out[1]!]
  return l.reshape(l.op('Transpose', [axes], { perm }), [whole, taken, height, width])
}

/** A convolution in blocks. */
export const blockedConvolution = (
  l: Lowering,
  x: Sym,
  filter: BlockedFilter,
  { bias, info, strides, pads, layout }: BlockedConvolution,
): Sym => {
  const [height, width] = filter.filter.shape as [number, number, number, number]
  const [inputs, outputs] = channelsOf(filter)
  const maps = inputs < l.block ? l.as(x, nchwOf(info)) : blocksOf(l, x, info)
  const product = l.blocked(
    'Conv',
    [maps, filterBlocks(l, filter), ...(bias === null ? [] : [biasBlocks(l, bias, outputs)])],
    { kernel_shape: [height, width], strides: [...strides], pads: [...pads] },
  )
  const ref = inOrder(l, product, outputs, sameLayout(layout, nhwcOf(info)))
  return l.sym(ref, filter.turned ? info.inShape : info.outShape, 'float32', layout)
}

const biasBlocks = (l: Lowering, bias: string, outputs: number): string => {
  const more = upTo(l, outputs) - outputs
  return more === 0 ? bias : l.op('Pad', [bias, l.ints([0, more])])
}

const inOrder = (l: Lowering, blocks: string, channels: number, last: boolean): string =>
  l.blocked('ReorderOutput', [blocks], { channels, ...(last ? { channels_last: 1 } : {}) })

/** The node of the blocked convolution whose maps `ref` is in order. */
const convolutionOf = (l: Lowering, ref: string) => {
  const reordered = l.builder.producer(ref)
  if (reordered?.op !== 'ReorderOutput') return null
  const made = l.builder.producer(reordered.inputs[0]!)
  if (made?.op !== 'Conv' || made.attributes['activation'] !== undefined) return null
  return { made, reordered }
}

/** `ref` plus a bias along an axis, added where the maps are computed; null if they do not come from there. */
export const blockedBias = (
  l: Lowering,
  ref: string,
  bias: string,
  axis: number,
): string | null => {
  const found = convolutionOf(l, ref)
  if (found?.made.inputs.length !== 2) return null
  const { made, reordered } = found
  if (axis !== (reordered.attributes['channels_last'] === 1 ? 3 : 1)) return null
  const channels = reordered.attributes['channels'] as number
  const inputs = [...made.inputs, biasBlocks(l, bias, channels)]
  return l.blocked('ReorderOutput', [l.blocked('Conv', inputs, made.attributes)], {
    ...reordered.attributes,
  })
}

/** Bytes of a block of dy that stay in a core's second cache while they meet all rows of x. */
const cached = 1 << 19

/**
 * dL/dW [kh, kw, I, O] of stride 1 as a convolution in blocks of images: each of x's maps, [I, N/b, H, W, b], with dy's as
 * filters, [O/b, N/b, h, w, b of N, b of O]. No columns are made. The rows are taken in parts, as if they were other
 * images', so that a block of filters stays in the cache. Null if the batch leaves much of its last block empty, and for
 * more than 64 channels or 32 × 32 pixels, at which it is no faster (tools/bench/convolutions.mjs).
 */
export const blockedFilterGradient = (
  l: Lowering,
  x: Sym,
  dy: Sym,
  info: Info,
  pads: Pads,
): string | null => {
  const b = l.block
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info
  const { filterHeight: kh, filterWidth: kw } = info
  const images = upTo(l, batchSize)
  const isSuited =
    suitsBlocks(l, info, inChannels, outChannels) &&
    outChannels % 4 === 0 &&
    4 * inChannels >= b &&
    Math.max(inChannels, outChannels) <= 64 &&
    outHeight * outWidth <= 32 ** 2 &&
    5 * batchSize >= 4 * images
  if (!isSuited) return null
  const [top, left, bottom, right] = pads
  const outputs = upTo(l, outChannels)
  const most = cached / (4 * b * outputs * outWidth)
  const rows = divisors(outHeight).findLast((n) => n <= most) ?? 1
  const parts = outHeight / rows

  const maps = l.as(x, nchwOf(info))
  // ReorderInput fills up the last block by itself, if the images come in fours.
  const inFours = batchSize % 4 === 0
  const all = inFours ? maps : moreImages(l, maps, images - batchSize)
  const size = inChannels * inHeight * inWidth
  const side = l.reshape(all, [1, inFours ? batchSize : images, 1, size])
  const byImages = l.reshape(l.blocked('ReorderInput', [side]), [images / b, inChannels, b * inHeight * inWidth]) // prettier-ignore
  const byChannels = l.op('Transpose', [byImages], { perm: [1, 0, 2] })
  const padded = l.op('Pad', [
    l.reshape(byChannels, [(inChannels * images) / b, inHeight, inWidth * b]),
    l.ints([0, top, left * b, 0, bottom, right * b]),
  ])
  const taken = Array.from({ length: parts }, (_, part) =>
    Array.from({ length: rows + kh - 1 }, (_, row) => part * rows + row),
  ).flat()
  const source =
    parts === 1
      ? padded
      : l.op('Gather', [padded, l.builder.constant('int32', taken, [taken.length])], { axis: 1 })
  const width = outWidth + kw - 1
  const input = l.reshape(source, [inChannels, images * parts, rows + kh - 1, width])

  const d = blocksOf(l, dy, info)
  const whole = batchSize === images ? d : moreImages(l, d, images - batchSize)
  const pixels = outHeight * outWidth
  const split = l.reshape(whole, [images / b, b, outputs / b, pixels, b])
  const turned = l.op('Transpose', [split], { perm: [2, 0, 3, 1, 4] })
  const filters = l.reshape(turned, [outputs, images * parts, rows, outWidth])

  const product = l.blocked('Conv', [input, filters], {
    kernel_shape: [rows, outWidth],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
  })
  const table = l.op('Transpose', [l.reshape(product, [inChannels, outputs / b, kh * kw, b])], {
    perm: [2, 0, 1, 3],
  })
  const gradient = l.reshape(table, [kh * kw * inChannels, outputs])
  return outputs === outChannels
    ? gradient
    : l.op('Slice', [gradient, l.ints([0]), l.ints([outChannels]), l.ints([1])])
}

/** Maps with images of zeros after them. */
const moreImages = (l: Lowering, maps: string, count: number): string =>
  l.op('Pad', [maps, l.ints([0, 0, 0, 0, count, 0, 0, 0])])

const divisors = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)
