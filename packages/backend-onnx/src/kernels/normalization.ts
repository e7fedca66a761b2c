import type { Lowering } from '../graph/lowering.js'
import { nchw, type Sym } from '../graph/symbol.js'
import { sameShape, type Operand } from '../graph/types.js'
import { all, kernel, type Kernel } from './kernel.js'

interface LrnAttrs {
  readonly depthRadius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number
}

/** More channels than this would make the band's matrix cost more than slices. */
const bandChannels = 512

/**
 * The sum over 2·radius + 1 neighboring channels of an NCHW tensor, fewer at the ends: a 1×1 convolution with a band
 * of ones, which is one fast product; shifted slices would go through memory again and again.
 */
const overNeighbors = (l: Lowering, ref: string, radius: number, channels: number): string => {
  if (radius === 0) return ref
  if (channels <= bandChannels) {
    const band = Array.from({ length: channels ** 2 }, (_, i) =>
      Number(Math.abs(Math.floor(i / channels) - (i % channels)) <= radius),
    )
    const ones = l.builder.constant('float32', band, [channels, channels, 1, 1])
    return l.op('Conv', [ref, ones])
  }
  const padded = l.op('Pad', [ref, l.ints([0, radius, 0, 0, 0, radius, 0, 0])])
  const parts: string[] = []
  for (let i = 0; i <= 2 * radius; i++) {
    parts.push(l.op('Slice', [padded, l.ints([i]), l.ints([i + channels]), l.ints([1])]))
  }
  return l.op('Sum', parts)
}

/** n = bias + α·Σx² over the neighbors. */
const norm = (l: Lowering, x: Sym, { depthRadius, bias, alpha }: LrnAttrs): string => {
  const ref = l.as(x, nchw)
  const squares = overNeighbors(l, l.op('Mul', [ref, ref]), depthRadius, x.shape[3]!)
  return l.op('Add', [l.op('Mul', [squares, l.float(alpha)]), l.float(bias)])
}

/** n^β. The papers' 0.75 by two square roots: a power of each element costs far more. */
const power = (l: Lowering, n: string, beta: number): string => {
  if (beta === 1) return n
  const root = (ref: string): string => l.op('Sqrt', [ref])
  if (beta === 0.5) return root(n)
  if (beta === 0.75) return l.op('Mul', [root(n), root(root(n))])
  return l.op('Pow', [n, l.float(beta)])
}

const paramsFit = (x: Operand, ...params: readonly (Operand | null | undefined)[]): boolean =>
  params.every(
    (p) =>
      !p ||
      sameShape(p.shape, x.shape) ||
      (p.shape.length === 1 && p.shape[0] === x.shape[x.shape.length - 1]),
  )

/** Normalizations. */
export const normalizationKernels: readonly Kernel[] = [
  kernel<LrnAttrs>({
    name: 'LRN',
    inputs: ['x'],
    infer: ([x]) => (all('float32', x) ? x! : null),
    lower: (l, [x], attrs, { shape }) =>
      l.sym(
        l.op('Div', [l.as(x!, nchw), power(l, norm(l, x!, attrs), attrs.beta)]),
        shape,
        'float32',
        nchw,
      ),
  }),
  // dx = dy·n^−β − 2αβ·x·Σ dy·y/n over the neighbors.
  kernel<LrnAttrs>({
    name: 'LRNGrad',
    inputs: ['x', 'y', 'dy'],
    infer: ([x, y, dy]) => (all('float32', x, y, dy) ? x! : null),
    lower: (l, [x, y, dy], attrs, { shape }) => {
      const { alpha, beta, depthRadius } = attrs
      const n = norm(l, x!, attrs)
      const d = l.as(dy!, nchw)
      const share = l.op('Div', [l.op('Mul', [d, l.as(y!, nchw)]), n])
      const shares = overNeighbors(l, share, depthRadius, shape[3]!)
      const minus = l.op('Mul', [l.op('Mul', [l.as(x!, nchw), l.float(2 * alpha * beta)]), shares])
      return l.sym(
        l.op('Sub', [l.op('Div', [d, power(l, n, beta)]), minus]),
        shape,
        'float32',
        nchw,
      )
    },
  }),
  kernel<{ varianceEpsilon: number }>({
    name: 'FusedBatchNorm',
    inputs: ['x', 'mean', 'variance', 'offset?', 'scale?'],
    infer: ([x, mean, variance, offset, scale]) =>
      all('float32', x, mean, variance, offset, scale) &&
      paramsFit(x!, mean, variance, offset, scale)
        ? x!
        : null,
    lower: (l, [x, mean, variance, offset, scale], { varianceEpsilon }, { shape }) => {
      const deviation = l.elementwise([variance!], variance!.shape, 'float32', (v) =>
        l.op('Sqrt', [l.op('Add', [v, l.float(varianceEpsilon)])]),
      )
      const factor = scale
        ? l.elementwise([scale, deviation], scale.shape, 'float32', (s, d) => l.op('Div', [s, d]))
        : l.elementwise([deviation], deviation.shape, 'float32', (d) => l.op('Reciprocal', [d]))
      const operands = [x!, mean!, factor, ...(offset ? [offset] : [])]
      return l.elementwise(operands, shape, 'float32', (v, m, f, o) => {
        const scaled = l.op('Mul', [l.op('Sub', [v, m]), f])
        return o === undefined ? scaled : l.op('Add', [scaled, o])
      })
    },
  }),
]
