import { broadcast_util, type backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'
import { sizeOf, type Operand } from '../graph/types.js'
import { activate } from './activation.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

interface MatMulAttrs {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

const outShape = (a: Operand, b: Operand, { transposeA, transposeB }: MatMulAttrs): number[] => {
  const [m, innerA] = lastTwo(a.shape, transposeA)
  const [innerB, n] = lastTwo(b.shape, transposeB)
  if (innerA !== innerB) {
    throw new Error(
      `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape} and ` +
        `${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
    )
  }
  const batch = broadcast_util.assertAndGetBroadcastShape(
    mutable(a.shape.slice(0, -2)),
    mutable(b.shape.slice(0, -2)),
  )
  return [...batch, m, n]
}

const lastTwo = (shape: readonly number[], transposed: boolean): [number, number] => {
  const rows = shape[shape.length - 2]!
  const columns = shape[shape.length - 1]!
  return transposed ? [columns, rows] : [rows, columns]
}

/** A matrix as it lies in memory, and whether it has to be read the other way round. */
const matrix = (l: Lowering, x: Sym, transposed: boolean): [string, boolean] => {
  const swapped = x.forms.find((f) => x.rank === 2 && f.layout[0] === 1)
  const isPlain = x.forms.some((f) => f.layout.every((axis, i) => axis === i))
  return swapped !== undefined && !isPlain ? [swapped.ref, !transposed] : [l.plain(x), transposed]
}

const multiply = (
  l: Lowering,
  a: Sym,
  b: Sym,
  attrs: MatMulAttrs,
  shape: readonly number[],
): string => {
  const { transposeA, transposeB } = attrs
  if (sizeOf(shape.slice(0, -2)) === 1) {
    const [x, transA] = matrix(l, l.view(a, a.shape.slice(-2)), transposeA)
    const [y, transB] = matrix(l, l.view(b, b.shape.slice(-2)), transposeB)
    const flags = { ...(transA ? { transA: 1 } : {}), ...(transB ? { transB: 1 } : {}) }
    return l.op('Gemm', [x, y], flags)
  }
  if (!transposeA && !transposeB) return l.op('MatMul', [l.plain(a), l.plain(b)])
  return l.contrib('FusedMatMul', [l.plain(a), l.plain(b)], {
    transA: transposeA ? 1 : 0,
    transB: transposeB ? 1 : 0,
  })
}

/** Matrix products. */
export const matmulKernels: readonly Kernel[] = [
  kernel<MatMulAttrs>({
    name: 'BatchMatMul',
    inputs: ['a', 'b'],
    infer: ([a, b], attrs) => {
      const shape = outShape(a!, b!, attrs)
      return all('float32', a, b) ? { shape, dtype: 'float32' } : null
    },
    lower: (l, [a, b], attrs, { shape }) => matmulSym(l, a!, b!, attrs, shape),
  }),
  kernel<MatMulAttrs & { activation: backend_util.Activation; leakyreluAlpha: number }>({
    name: '_FusedMatMul',
    inputs: ['a', 'b', 'bias?', 'preluActivationWeights?'],
    infer: ([a, b, bias, prelu], attrs) => {
      const shape = outShape(a!, b!, attrs)
      return all('float32', a, b, bias, prelu) ? { shape, dtype: 'float32' } : null
    },
    lower: (l, [a, b, bias, prelu], attrs, { shape }) => {
      const product = matmulSym(l, a!, b!, attrs, shape)
      const sum = bias
        ? l.elementwise([product, bias], shape, 'float32', (x, y) => l.op('Add', [x, y]))
        : product
      return activate(l, sum, attrs.activation, prelu ?? null, attrs.leakyreluAlpha)
    },
  }),
]

const matmulSym = (
  l: Lowering,
  a: Sym,
  b: Sym,
  attrs: MatMulAttrs,
  shape: readonly number[],
): Sym => {
  const ref = multiply(l, a, b, attrs, shape)
  if (sizeOf(shape.slice(0, -2)) !== 1) return l.sym(ref, shape, 'float32')
  return l.view(l.sym(ref, shape.slice(-2), 'float32'), shape)
}
