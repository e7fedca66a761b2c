import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'
import type { Image, Pads } from './columns.js'

type Info = backend_util.Conv2DInfo

/** Fewer channels, in or out, make the transforms cost more than the products save. */
const leastChannels = 256
/** Larger maps than 28 × 28 are convolved as fast directly. */
const mostPixels = 28 ** 2

/**
 * Whether a convolution is faster as Winograd's F(2×2, 3×3). tools/bench/winograd.mjs measures it with its transforms
 * against what is done otherwise: 1.3 to 2 times as fast with two threads at 256 to 512 channels on maps of 6 to 28
 * pixels. Only the products, against a direct convolution: 0.4 to 1.1 times at fewer channels or on larger maps.
 */
export const suitsWinograd = (l: Lowering, info: Info, pads: Pads): boolean =>
  l.provider === 'cpu' &&
  info.filterHeight === 3 &&
  info.filterWidth === 3 &&
  [info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth, ...pads].every(
    (n) => n === 1,
  ) &&
  Math.min(info.inChannels, info.outChannels) >= leastChannels &&
  info.outHeight * info.outWidth <= mostPixels

// F(2×2, 3×3) (Lavin & Gray, arXiv 1509.09308): y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A for each tile d of 4 × 4 pixels.
const g = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
]

/** G g Gᵀ of all filters, 16 matrices [I, O]; of the filters turned by half a circle with `turned`. */
const filters = (l: Lowering, filter: Sym, turned: boolean): readonly string[] => {
  const [, , inputs, outputs] = filter.shape as [number, number, number, number]
  const rows = g.flatMap((a) => g.map((b) => a.flatMap((x) => b.map((y) => x * y))))
  const matrix = rows.flatMap((row) => (turned ? row.toReversed() : row))
  const places = l.reshape(l.plain(filter), [9, inputs * outputs])
  const product = l.op('Gemm', [l.builder.constant('float32', matrix, [16, 9]), places])
  return l.builder
    .ops('Split', [product], { axis: 0, num_outputs: 16 }, 16)
    .map((row) => l.reshape(row, [inputs, outputs]))
}

/** Every second row (axis 1) or column (axis 2) from `from` on. */
const everySecond = (l: Lowering, x: string, axis: number, from: number, count: number): string =>
  l.op('Slice', [x, l.ints([from]), l.ints([from + 2 * count - 1]), l.ints([axis]), l.ints([2])])

/** Bᵀ d along an axis: what tiles of four, two apart, become. */
const spread = (l: Lowering, x: string, axis: number, count: number): string[] => {
  const d = [0, 1, 2, 3].map((k) => everySecond(l, x, axis, k, count))
  return [
    l.op('Sub', [d[0]!, d[2]!]),
    l.op('Add', [d[1]!, d[2]!]),
    l.op('Sub', [d[2]!, d[1]!]),
    l.op('Sub', [d[1]!, d[3]!]),
  ]
}

/** Aᵀ m: two from four. */
const gather = (l: Lowering, m: readonly string[]): [string, string] => [
  l.op('Sum', [m[0]!, m[1]!, m[2]!]),
  l.op('Sub', [l.op('Sub', [m[1]!, m[2]!]), m[3]!]),
]

/**
 * [N, H, W, outputs] of a 3×3 convolution of stride 1 with one pixel of padding. The filter is [3, 3, I, O]; with
 * `turned` it maps O channels to I, as the gradient of the convolution's input needs it.
 */
export const winograd = (
  l: Lowering,
  image: Image,
  filter: Sym,
  batchSize: number,
  turned: boolean,
): string => {
  const { height, width, channels } = image
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)]
  const [bottom, right] = [2 * rows + 1 - height, 2 * columns + 1 - width]
  const padded = l.op('Pad', [image.ref, l.ints([0, 1, 1, 0, 0, bottom, right, 0])])
  const tiles = batchSize * rows * columns
  // Sixteen products, and not one of a batch of sixteen: nothing has to be put side by side and taken apart again.
  const transformed = filters(l, filter, turned)
  const m = spread(l, padded, 1, rows)
    .flatMap((row) => spread(l, row, 2, columns))
    .map((point, k) =>
      l.op(
        'Gemm',
        [l.reshape(point, [tiles, channels]), transformed[k]!],
        turned ? { transB: 1 } : {},
      ),
    )
  const outputs = filter.shape[turned ? 2 : 3]!
  const halves = [0, 1, 2, 3].map((j) => gather(l, [m[j]!, m[4 + j]!, m[8 + j]!, m[12 + j]!]))
  const lines = ([0, 1] as const).map((i) => {
    const pair = gather(
      l,
      halves.map((half) => half[i]),
    )
    const dims = [batchSize, rows, 1, columns, 1, outputs]
    return l.op(
      'Concat',
      pair.map((part) => l.reshape(part, dims)),
      { axis: 4 },
    )
  })
  const whole = l.reshape(l.op('Concat', lines, { axis: 2 }), [
    batchSize,
    2 * rows,
    2 * columns,
    outputs,
  ])
  if (2 * rows === height && 2 * columns === width) return whole
  return l.op('Slice', [whole, l.ints([0, 0]), l.ints([height, width]), l.ints([1, 2])])
}
