import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { isPlain, type Sym } from '../graph/symbol.js'
import { elementType } from '../graph/types.js'
import { onnxPads } from './conv.js'

type Info = backend_util.Conv2DInfo

/** Two arrays of which the larger is taken, place by place. */
interface Pair {
  readonly first: string
  readonly second: string
  readonly larger: string
}

/**
 * Whether a max pool of 2 × 2 pixels apart is better done as two maxima of neighbors: if the maps lie in NHWC, as
 * products leave them. ONNX Runtime's MaxPool takes them in NCHW, and with the indices that its gradient needs takes
 * ten times as long as without.
 */
const halves = (l: Lowering, x: Sym, info: Info): boolean =>
  l.provider === 'cpu' &&
  [info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth].every(
    (n) => n === 2,
  ) &&
  onnxPads(info).every((n) => n === 0) &&
  2 * info.outHeight === info.inHeight &&
  2 * info.outWidth === info.inWidth &&
  isPlain(x.forms[0]!.layout)

/** The maxima of neighbors: along the rows first, then of two rows, so that of ties the window's first one counts. */
const pairsOf = (l: Lowering, x: Sym, info: Info): readonly [Pair, Pair] => {
  const { batchSize, inHeight, outHeight, outWidth, inChannels } = info
  const neighbors = pair(l, l.plain(x), batchSize * inHeight * outWidth, inChannels)
  const rows = pair(l, neighbors.larger, batchSize * outHeight, outWidth * inChannels)
  return [neighbors, rows]
}

const pair = (l: Lowering, ref: string, count: number, size: number): Pair => {
  const halves = l.reshape(ref, [count, 2, size])
  const [first, second] = l.builder.ops('Split', [halves], { axis: 1, num_outputs: 2 }, 2)
  return { first: first!, second: second!, larger: l.op('Max', [first!, second!]) }
}

/** The pool in NHWC; null if it is another. */
export const halvingPool = (l: Lowering, x: Sym, info: Info): Sym | null => {
  if (!halves(l, x, info)) return null
  const [, rows] = pairsOf(l, x, info)
  return l.sym(l.reshape(rows.larger, info.outShape), info.outShape, 'float32')
}

/** Its gradient: dy goes to the row that was the larger, and there to the pixel that was. */
export const halvingGradient = (l: Lowering, dy: Sym, x: Sym, info: Info): Sym | null => {
  if (!halves(l, x, info)) return null
  const { batchSize, inHeight, outHeight, outWidth, inChannels } = info
  const [neighbors, rows] = pairsOf(l, x, info)
  const toRows = share(l, l.plain(dy), rows, batchSize * outHeight, outWidth * inChannels)
  const toPixels = share(l, toRows, neighbors, batchSize * inHeight * outWidth, inChannels)
  return l.sym(l.reshape(toPixels, x.shape), x.shape, 'float32')
}

const share = (
  l: Lowering,
  d: string,
  { first, second }: Pair,
  n: number,
  size: number,
): string => {
  const whole = l.reshape(d, [n, 1, size])
  const isFirst = l.op('Cast', [l.op('GreaterOrEqual', [first, second])], {
    to: elementType.float32,
  })
  const toFirst = l.op('Mul', [whole, isFirst])
  return l.op('Concat', [toFirst, l.op('Sub', [whole, toFirst])], { axis: 1 })
}
