import { backend_util, util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { plainLayout, type Layout, type Sym } from '../graph/symbol.js'
import type { GraphDtype, Operand } from '../graph/types.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

interface Attrs {
  readonly axis: number | number[]
  readonly keepDims?: boolean
}

const axesOf = (x: { readonly shape: readonly number[] }, axis: number | number[]): number[] =>
  util.parseAxisParam(axis, mutable(x.shape))

const reducedShape = (x: Operand, { axis, keepDims = false }: Attrs): number[] => {
  const axes = axesOf(x, axis)
  const [shape] = backend_util.computeOutAndReduceShapes(mutable(x.shape), axes)
  return keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape
}

/** The layout that is left when axes go away. */
const remaining = (layout: Layout, axes: readonly number[]): Layout => {
  const kept = layout.filter((axis) => !axes.includes(axis))
  const order = [...kept].sort((a, b) => a - b)
  return kept.map((axis) => order.indexOf(axis))
}

const reduceSym = (
  l: Lowering,
  x: Sym,
  attrs: Attrs,
  out: Operand,
  emit: (ref: string, axes: readonly number[]) => string,
): Sym => {
  const axes = axesOf(x, attrs.axis)
  const layout = l.layoutOf(x)
  const ref = l.as(x, layout)
  if (axes.length === 0) return l.sym(emit(ref, []), out.shape, out.dtype as GraphDtype, layout)
  const places = axes.map((axis) => layout.indexOf(axis)).sort((a, b) => a - b)
  const left = attrs.keepDims === true ? layout : remaining(layout, axes)
  return l.sym(emit(ref, places), out.shape, out.dtype as GraphDtype, left)
}

const reduction = (
  name: string,
  on: readonly GraphDtype[],
  out: GraphDtype | null,
  op: string,
  through?: 'int32',
): Kernel =>
  kernel<Attrs>({
    name,
    inputs: ['x'],
    infer: ([x], attrs) => {
      const shape = reducedShape(x!, attrs)
      if (!on.includes(x!.dtype as GraphDtype)) return null
      return { shape, dtype: out ?? (x!.dtype === 'bool' ? 'int32' : x!.dtype) }
    },
    lower: (l, [x], attrs, output) =>
      reduceSym(l, x!, attrs, output, (ref, axes) => {
        const from =
          x!.dtype === 'bool' || through === 'int32' ? l.op('Cast', [ref], { to: 6 }) : ref
        const reduced =
          axes.length === 0
            ? from
            : l.op(op, [from, l.ints(axes)], { keepdims: attrs.keepDims === true ? 1 : 0 })
        return through === 'int32' ? l.op('Cast', [reduced], { to: 9 }) : reduced
      }),
  })

const arg = (name: string, op: string): Kernel =>
  kernel<{ axis: number }>({
    name,
    inputs: ['x'],
    infer: ([x], { axis }) => {
      const shape = reducedShape(x!, { axis })
      return all('float32', x) && x!.shape.length > 0 ? { shape, dtype: 'int32' } : null
    },
    lower: (l, [x], attrs, out) =>
      reduceSym(l, x!, attrs, out, (ref, [axis]) =>
        l.op('Cast', [l.op(op, [ref], { axis: axis!, keepdims: 0 })], { to: 6 }),
      ),
  })

/** The kernels that reduce axes. */
export const reduceKernels: readonly Kernel[] = [
  reduction('Sum', ['float32', 'int32', 'bool'], null, 'ReduceSum'),
  reduction('Mean', ['float32'], 'float32', 'ReduceMean'),
  reduction('Max', ['float32', 'int32'], null, 'ReduceMax'),
  reduction('Min', ['float32', 'int32'], null, 'ReduceMin'),
  reduction('Prod', ['float32', 'int32', 'bool'], null, 'ReduceProd'),
  reduction('All', ['bool'], 'bool', 'ReduceMin', 'int32'),
  reduction('Any', ['bool'], 'bool', 'ReduceMax', 'int32'),
  arg('ArgMax', 'ArgMax'),
  arg('ArgMin', 'ArgMin'),
  kernel<{ axis: number; exclusive: boolean; reverse: boolean }>({
    name: 'Cumsum',
    inputs: ['x'],
    infer: ([x]) => (x!.dtype !== 'bool' && x!.shape.length > 0 ? x! : null),
    lower: (l, [x], { axis, exclusive, reverse }, out) =>
      l.sym(
        l.op('CumSum', [l.plain(x!), l.builder.scalar('int64', axesOf(x!, axis)[0]!)], {
          exclusive: exclusive ? 1 : 0,
          reverse: reverse ? 1 : 0,
        }),
        out.shape,
        out.dtype as GraphDtype,
      ),
  }),
  kernel<{ dim: number }>({
    name: 'Softmax',
    inputs: ['logits'],
    infer: ([x], { dim }) =>
      all('float32', x) && x!.shape.length > 0 && dim === x!.shape.length - 1 ? x! : null,
    lower: (l, [x], _attrs, out) =>
      l.sym(
        l.op('Softmax', [l.plain(x!)], { axis: -1 }),
        out.shape,
        'float32',
        plainLayout(x!.rank),
      ),
  }),
]
