import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { inBlocks, isBlocked, type Sym } from '../graph/symbol.js'
import { nchwOf } from './axes.js'
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
}

/** The channels that a filter reads and those that it makes. */
const channelsOf = ({ filter, turned }: BlockedFilter): readonly [number, number] => {
  const [, , rows, columns] = filter.shape as [number, number, number, number]
  return turned ? [columns, rows] : [rows, columns]
}

/** Channels with those that fill up the last block. */
export const upTo = (l: Lowering, channels: number): number =>
  Math.ceil(channels / l.block) * l.block

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

/** A convolution in blocks, whose maps stay in blocks. */
export const blockedConvolution = (
  l: Lowering,
  x: Sym,
  filter: BlockedFilter,
  { bias, info, strides, pads }: BlockedConvolution,
): Sym => {
  const [height, width] = filter.filter.shape as [number, number, number, number]
  const [inputs, outputs] = channelsOf(filter)
  const layout = nchwOf(info)
  const product = l.blocked(
    'Conv',
    [
      l.as(x, inputs < l.block ? layout : inBlocks(layout)),
      filterBlocks(l, filter),
      ...(bias === null ? [] : [biasBlocks(l, bias, outputs)]),
    ],
    { kernel_shape: [height, width], strides: [...strides], pads: [...pads] },
  )
  const shape = filter.turned ? info.inShape : info.outShape
  return l.sym(product, shape, 'float32', inBlocks(layout))
}

const biasBlocks = (l: Lowering, bias: string, outputs: number): string => {
  const more = upTo(l, outputs) - outputs
  return more === 0 ? bias : l.op('Pad', [bias, l.ints([0, more])])
}

/** Maps in blocks plus a bias per channel, added where they are computed; null if they do not come from a convolution. */
export const blockedBias = (l: Lowering, ref: string, bias: Sym): string | null => {
  const made = l.builder.producer(ref)
  if (made?.op !== 'Conv' || made.inputs.length !== 2) return null
  const blocks = biasBlocks(l, l.plain(bias), bias.shape[0]!)
  return l.blocked('Conv', [...made.inputs, blocks], made.attributes)
}

/** The sum of maps in blocks over images, rows and columns, [C]. */
export const blockedSum = (l: Lowering, x: Sym): string => {
  const { ref, layout } = x.forms[0]!
  const [n, channels, h, w] = layout.map((axis) => x.shape[axis]!) as [
    number,
    number,
    number,
    number,
  ]
  const whole = upTo(l, channels)
  const maps = l.reshape(ref, [(n * whole) / l.block, h * w, l.block])
  const byMap = l.op('ReduceSum', [maps, l.ints([1])], { keepdims: 0 })
  const sum = l.op('ReduceSum', [l.reshape(byMap, [n, whole]), l.ints([0])], { keepdims: 0 })
  return whole === channels
    ? sum
    : l.op('Slice', [sum, l.ints([0]), l.ints([channels]), l.ints([0])])
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

  const layout = nchwOf(info)
  const blocks = inBlocks(layout)
  const isInBlocks = x.forms.every((form) => isBlocked(form.layout, 4))
  const maps = l.as(x, isInBlocks ? blocks : layout)
  // ReorderInput fills up the last block by itself, if the images come in fours.
  const inFours = batchSize % 4 === 0
  const all = inFours ? maps : moreImages(l, maps, images - batchSize)
  const channels = isInBlocks ? upTo(l, inChannels) : inChannels
  const size = channels * inHeight * inWidth
  const side = l.reshape(all, [1, inFours ? batchSize : images, 1, size])
  const byImages = l.blocked('ReorderInput', [side])
  const byChannels = isInBlocks
    ? l.op('Transpose', [l.reshape(byImages, [images / b, channels / b, inHeight * inWidth, b, b])], { perm: [1, 3, 0, 2, 4] }) // prettier-ignore
    : l.op('Transpose', [l.reshape(byImages, [images / b, channels, b * inHeight * inWidth])], { perm: [1, 0, 2] }) // prettier-ignore
  // Negative pads crop the channels that only fill up the last block.
  const padded = l.op('Pad', [
    l.reshape(byChannels, [(channels * images) / b, inHeight, inWidth * b]),
    l.ints([0, top, left * b, ((inChannels - channels) * images) / b, bottom, right * b]),
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

  const d = l.as(dy, blocks)
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
