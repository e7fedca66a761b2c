import { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { inBlocks, nchw, physical, sameLayout, type Sym } from '../graph/symbol.js'
import { sizeOf, type Operand } from '../graph/types.js'
import { upTo } from './blocked.js'
import { leftover, onnxPads } from './conv.js'
import { halvingGradient, halvingPool } from './halving-pool.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

interface PoolAttrs {
  readonly filterSize: [number, number] | number
  readonly strides: [number, number] | number
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const poolInfo = (shape: readonly number[], attrs: PoolAttrs): backend_util.Conv2DInfo =>
  backend_util.computePool2DInfo(
    mutable(shape) as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  )

/** ONNX has no windows that lie entirely in the padding. */
const fits = (info: backend_util.Conv2DInfo): boolean => {
  const [top, left, bottom, right] = onnxPads(info)
  return Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth
}

const window = (info: backend_util.Conv2DInfo): Record<string, number[]> => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  pads: onnxPads(info),
})

const pool = (
  name: string,
  op: string,
  extra: Record<string, number> = {},
  special: (l: Lowering, x: Sym, info: backend_util.Conv2DInfo) => Sym | null = () => null,
): Kernel =>
  kernel<PoolAttrs>({
    name,
    inputs: ['x'],
    infer: ([x], attrs): Operand | null => {
      const info = poolInfo(x!.shape, attrs)
      return all('float32', x) && fits(info) ? { shape: info.outShape, dtype: 'float32' } : null
    },
    lower: (l, [x], attrs, { shape }) => {
      const info = poolInfo(x!.shape, attrs)
      return (
        special(l, x!, info) ??
        l.sym(l.op(op, [l.as(x!, nchw)], { ...window(info), ...extra }), shape, 'float32', nchw)
      )
    },
  })

/** Means of maps that lie in blocks of channels, which stay there; null of others. */
const blockedMean = (l: Lowering, x: Sym, info: backend_util.Conv2DInfo): Sym | null => {
  const blocks = inBlocks(nchw)
  if (!sameLayout(x.forms[0]!.layout, blocks)) return null
  const means = l.blocked('AveragePool', [l.as(x, blocks)], {
    ...window(info),
    count_include_pad: 0,
  })
  return l.sym(means, info.outShape, 'float32', blocks)
}

/**
 * dL/dx of a max pool: dy goes where the maximum was. ONNX's pool says where; the forward pass's own node is asked for
 * it when it is in the same graph.
 */
const maxPoolGradient = (l: Lowering, dy: Sym, x: Sym, info: backend_util.Conv2DInfo): Sym => {
  const halved = halvingGradient(l, dy, x, info)
  if (halved !== null) return halved
  const image = l.as(x, nchw)
  const d = l.as(dy, nchw)
  const dims = physical(x.shape, nchw)
  if (l.provider !== 'cpu')
    return l.sym(gradientByEquality(l, d, image, info), x.shape, 'float32', nchw)
  const indices = l.builder.ops('MaxPool', [image], window(info), 2)[1]!
  const overlapping = info.strideHeight < info.filterHeight || info.strideWidth < info.filterWidth
  if (!overlapping && Math.max(...onnxPads(info)) === 0) {
    const dx = l.op('MaxUnpool', [d, indices, l.ints(dims)], window(info))
    return l.sym(dx, x.shape, 'float32', nchw)
  }
  const zeros = l.op('Expand', [l.float(0), l.ints([sizeOf(dims)])])
  const flat = l.op('ScatterElements', [zeros, l.reshape(indices, [-1]), l.reshape(d, [-1])], {
    axis: 0,
    reduction: 'add',
  })
  return l.sym(l.reshape(flat, dims), x.shape, 'float32', nchw)
}

/** Without indices: place by place of the window, the first that equals the maximum takes dy. */
const gradientByEquality = (
  l: Lowering,
  dy: string,
  image: string,
  info: backend_util.Conv2DInfo,
): string => {
  const { strideHeight: sh, strideWidth: sw, outHeight, outWidth, inHeight, inWidth } = info
  const [top, left, bottom, right] = onnxPads(info)
  const y = l.op('MaxPool', [image], window(info))
  const padded = l.op('Pad', [
    image,
    l.ints([0, 0, top, left, 0, 0, bottom, right]),
    l.float(-Infinity),
  ])
  const height = Math.max(inHeight + top + bottom, (outHeight - 1) * sh + info.filterHeight)
  const width = Math.max(inWidth + left + right, (outWidth - 1) * sw + info.filterWidth)
  let free: string | null = null
  let sum: string | null = null
  for (let i = 0; i < info.filterHeight; i++) {
    for (let j = 0; j < info.filterWidth; j++) {
      const ends = [i + (outHeight - 1) * sh + 1, j + (outWidth - 1) * sw + 1]
      const here = l.op('Slice', [
        padded,
        l.ints([i, j]),
        l.ints(ends),
        l.ints([2, 3]),
        l.ints([sh, sw]),
      ])
      const equal = l.op('Equal', [here, y])
      const first: string = free === null ? equal : l.op('And', [equal, free])
      const taken = l.op('Not', [equal])
      free = free === null ? taken : l.op('And', [free, taken])
      const share = l.op('Where', [first, dy, l.float(0)])
      const spread = spreadOut(l, share, info, [i, j], [height, width])
      sum = sum === null ? spread : l.op('Add', [sum, spread])
    }
  }
  return l.op('Slice', [
    sum!,
    l.ints([top, left]),
    l.ints([top + inHeight, left + inWidth]),
    l.ints([2, 3]),
  ])
}

/** Puts [N, C, h, w] back on the grid that a strided slice from (i, j) took it from. */
const spreadOut = (
  l: Lowering,
  share: string,
  info: backend_util.Conv2DInfo,
  [i, j]: readonly [number, number],
  [height, width]: readonly [number, number],
): string => {
  const {
    strideHeight: sh,
    strideWidth: sw,
    outHeight: h,
    outWidth: w,
    batchSize: n,
    inChannels: c,
  } = info
  const lifted = l.reshape(share, [n, c, h, 1, w, 1])
  const gaps = l.op('Pad', [
    lifted,
    l.ints([0, 0, 0, 0, 0, 0, 0, 0, 0, sh - 1, 0, sw - 1]),
    l.float(0),
  ])
  const grid = l.reshape(gaps, [n, c, h * sh, w * sw])
  // Negative pads crop: the last gap may reach over the edge.
  return l.op('Pad', [
    grid,
    l.ints([0, 0, i, j, 0, 0, height - i - h * sh, width - j - w * sw]),
    l.float(0),
  ])
}

/**
 * dL/dx of a mean of 3 × 3 every 2 pixels, in blocks of channels; null for other pools. Each number of dy stands for 2 × 2 pixels; the
 * sum over a pixel and those before it, to the left and above, is then dL/dx at even places and twice it at odd ones, for
 * each axis. In blocks of channels this takes a third of the time that a transposed convolution does.
 */
const overlappingMeanGradient = (
  l: Lowering,
  dy: Sym,
  info: backend_util.Conv2DInfo,
): Sym | null => {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels } = info
  const isSuited =
    l.block > 0 &&
    inChannels % 4 === 0 &&
    [info.filterHeight, info.filterWidth].every((n) => n === 3) &&
    [info.strideHeight, info.strideWidth].every((n) => n === 2) &&
    onnxPads(info).every((n) => n === 0) &&
    inHeight === 2 * outHeight + 1 &&
    inWidth === 2 * outWidth + 1
  if (!isSuited) return null
  const layout = inBlocks(nchw)
  const doubled = l.blocked('Upsample', [l.as(dy, layout)], { scales: [1, 1, 2, 2] })
  const means = l.blocked('AveragePool', [doubled], {
    kernel_shape: [2, 2],
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
  })
  const half = (i: number): number => (i % 2 === 0 ? 1 : 0.5)
  const factors = Array.from({ length: inHeight * inWidth }, (_, i) => {
    return (4 / 9) * half(Math.floor(i / inWidth)) * half(i % inWidth)
  })
  const channels = upTo(l, inChannels)
  const maps = l.reshape(means, [(batchSize * channels) / l.block, inHeight * inWidth, l.block])
  const shares = l.builder.constant('float32', factors, [1, inHeight * inWidth, 1])
  const dx = l.reshape(l.op('Mul', [maps, shares]), [batchSize, channels, inHeight, inWidth])
  return l.sym(dx, info.inShape, 'float32', layout)
}

/** Pools over rows and columns, and their gradients. */
export const poolKernels: readonly Kernel[] = [
  pool('MaxPool', 'MaxPool', {}, halvingPool),
  pool('AvgPool', 'AveragePool', { count_include_pad: 0 }, blockedMean),
  kernel<PoolAttrs>({
    name: 'MaxPoolGrad',
    inputs: ['dy', 'input', 'output'],
    infer: ([dy, x], attrs): Operand | null => {
      const info = poolInfo(x!.shape, attrs)
      return all('float32', dy, x) && fits(info) ? { shape: x!.shape, dtype: 'float32' } : null
    },
    lower: (l, [dy, x], attrs) => maxPoolGradient(l, dy!, x!, poolInfo(x!.shape, attrs)),
  }),
  kernel<PoolAttrs>({
    name: 'AvgPoolGrad',
    inputs: ['dy', 'input'],
    infer: ([dy, x]): Operand | null =>
      all('float32', dy, x) ? { shape: x!.shape, dtype: 'float32' } : null,
    // Each window's dy, divided by the window's full size as tfjs does, over the pixels it covered.
    lower: (l, [dy, x], attrs) => {
      const info = poolInfo(x!.shape, attrs)
      const { filterHeight, filterWidth, inChannels } = info
      const overlapping = overlappingMeanGradient(l, dy!, info)
      if (overlapping !== null) return overlapping
      const share = 1 / (filterHeight * filterWidth)
      const weights = l.builder.constant(
        'float32',
        Array<number>(inChannels * filterHeight * filterWidth).fill(share),
        [inChannels, 1, filterHeight, filterWidth],
      )
      const dx = l.op('ConvTranspose', [l.as(dy!, nchw), weights], {
        ...window(info),
        group: inChannels,
        output_padding: leftover(info),
      })
      return l.sym(dx, x!.shape, 'float32', nchw)
    },
  }),
]
