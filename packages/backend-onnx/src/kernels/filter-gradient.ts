import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'
import { nchwOf, nhwcOf } from './axes.js'
import { blockedFilterGradient } from './blocked.js'
import { areSmall, columnsOf, type Image, type Pads, type Places } from './columns.js'
import { imageOf, onnxPads } from './conv.js'

type Info = backend_util.Conv2DInfo

/**
 * dL/dW [kh, kw, I, O]: for each place of the filter, the pixels of x that it met, transposed, times dy.
 *
 * Three ways, as measured. A strided convolution is one of stride 1 over the image's blocks of stride × stride pixels.
 * Of small maps all the batch's pixels go into one product, gathered by channel rows (NHWC). Of larger maps each
 * image has its own, in NCHW as the maps are, a column of the filter at a time, so that no more than kh copies of x
 * are there at once; their sum over the images comes after.
 */
export const filterGradient = (
  l: Lowering,
  x: Sym,
  dy: Sym,
  info: Info,
  shape: readonly number[],
): Sym => {
  const { strideHeight: sh, strideWidth: sw, filterHeight: kh, filterWidth: kw } = info
  const dilated = info.dilationHeight > 1 || info.dilationWidth > 1
  const strided = sh > 1 || sw > 1
  const blocked = strided ? null : blockedFilterGradient(l, x, dy, info, onnxPads(info))
  const ref =
    blocked ??
    (strided && !dilated && kh * kw > 1
      ? byBlocks(l, x, dy, info)
      : strided || areSmall(l, info)
        ? byRows(l, imageOf(l, x, info), dy, info, info, onnxPads(info))
        : byColumns(l, x, dy, info))
  return l.sym(l.reshape(ref, shape), shape, 'float32')
}

/** [kh·kw·I, O]: the pixels that each output met, side by side, in one product over the batch. */
const byRows = (l: Lowering, image: Image, dy: Sym, p: Places, info: Info, pads: Pads): string => {
  const pixels = info.batchSize * info.outHeight * info.outWidth
  const d = l.reshape(l.as(dy, nhwcOf(info)), [pixels, info.outChannels])
  const columns = columnsOf(l, image, p, pads, true)
  const width = p.filterHeight * p.filterWidth * image.channels
  if (pixels < 2 * width) return l.op('Gemm', [columns, d], { transA: 1 })
  // Gemm's turned first matrix is read column by column: a tall one is then as slow as memory, so dy is the first one.
  return l.op('Transpose', [l.contrib('FusedMatMul', [d, columns], { transA: 1 })], {
    perm: [1, 0],
  })
}

/** Stride × stride pixels as the channels of one: the filter's gradient, cut to size, is that of stride 1. */
const byBlocks = (l: Lowering, x: Sym, dy: Sym, info: Info): string => {
  const { strideHeight: sh, strideWidth: sw, filterHeight: kh, filterWidth: kw } = info
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info
  const [top, left] = onnxPads(info)
  const [rows, columns] = [Math.ceil(kh / sh), Math.ceil(kw / sw)]
  const [height, width] = [outHeight + rows - 1, outWidth + columns - 1]
  // Negative pads crop what no window reaches.
  const bottom = height * sh - info.inHeight - top
  const right = width * sw - info.inWidth - left
  const whole = l.op('Pad', [l.as(x, nhwcOf(info)), l.ints([0, top, left, 0, 0, bottom, right, 0])])
  const blocks = l.op(
    'Transpose',
    [l.reshape(whole, [batchSize, height, sh, width, sw * inChannels])],
    { perm: [0, 1, 3, 2, 4] },
  )
  const channels = sh * sw * inChannels
  const image = { ref: blocks, height, width, channels }
  const steps = { filterHeight: rows, filterWidth: columns, strideHeight: 1, strideWidth: 1 }
  const product = byRows(l, image, dy, { ...info, ...steps }, info, [0, 0, 0, 0])
  const filter = l.op(
    'Transpose',
    [l.reshape(product, [rows, columns, sh, sw * inChannels * outChannels])],
    { perm: [0, 2, 1, 3] },
  )
  const full = l.reshape(filter, [rows * sh, columns * sw, inChannels * outChannels])
  return l.op('Slice', [full, l.ints([0, 0]), l.ints([kh, kw]), l.ints([0, 1])])
}

/** [kh, kw, I, O] by columns j of the filter: x moved by j, its rows gathered for each i, times dy, image by image. */
const byColumns = (l: Lowering, x: Sym, dy: Sym, info: Info): string => {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info
  const { filterHeight: kh, filterWidth: kw, dilationHeight, dilationWidth } = info
  const [top, left, bottom] = onnxPads(info)
  const layout = nchwOf(info)
  const image = l.as(x, layout)
  const pixels = outHeight * outWidth
  const d = l.reshape(l.as(dy, layout), [batchSize, outChannels, pixels])
  const met: number[] = []
  for (let i = 0; i < kh; i++) for (let y = 0; y < outHeight; y++) met.push(i * dilationHeight + y)
  const rows = l.builder.constant('int32', met, [met.length])
  const columns: string[] = []
  for (let j = 0; j < kw; j++) {
    const before = left - j * dilationWidth
    const moved = l.op('Pad', [
      image,
      l.ints([0, 0, top, before, 0, 0, bottom, outWidth - info.inWidth - before]),
    ])
    const all = kh === 1 ? moved : l.op('Gather', [moved, rows], { axis: 2 })
    const product = l.contrib(
      'FusedMatMul',
      [l.reshape(all, [batchSize, inChannels * kh, pixels]), d],
      { transB: 1 },
    )
    const sum = l.op('ReduceSum', [product, l.ints([0])], { keepdims: 0 })
    columns.push(l.reshape(sum, [1, inChannels, kh, outChannels]))
  }
  const all = columns.length === 1 ? columns[0]! : l.op('Concat', columns, { axis: 0 })
  return l.op('Transpose', [all], { perm: [2, 0, 1, 3] })
}
