import { backend_util, util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { isBlocked, plainLayout, type Layout, type Sym } from '../graph/symbol.js'
import { elementType, type GraphDtype, type Operand } from '../graph/types.js'
import { blockedSum } from './blocked.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

interface Attrs {
  readonly axis: number | number[]
  /** what Max calls its axes */
  readonly reductionIndices?: number | number[]
  readonly keepDims?: boolean
}

const axesOf = (x: { readonly shape: readonly number[] }, axis: number | number[]): number[] =>
  util.parseAxisParam(axis, mutable(x.shape))

const reducedShape = (
  x: Operand,
  { axis, reductionIndices = axis, keepDims = false }: Attrs,
): number[] => {
  const axes = axesOf(x, reductionIndices)
  const [shape] = backend_util.computeOutAndReduceShapes(mutable(x.shape), axes)
  return keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape
}

/** The layout that is left when axes go away. */
const remaining = (layout: Layout, axes: readonly number[]): Layout => {
  const kept = layout.filter((axis) => !axes.includes(axis))
  const order = [...kept].sort((a, b) => a - b)
  return kept.map((axis) => order.indexOf(axis))
}

/** Whether maps that lie in blocks are reduced to a number per channel, as a bias's gradient is. */
const leavesChannels = (x: Sym, { axis, keepDims }: Attrs): boolean => {
  const [, channels] = x.forms[0]!.layout
  const axes = axesOf(x, axis)
  return (
    x.forms.every(({ layout }) => isBlocked(layout, x.rank)) &&
    keepDims !== true &&
    axes.length === 3 &&
    !axes.includes(channels!)
  )
}

const reduceSym = (
  l: Lowering,
  x: Sym,
  attrs: Attrs,
  out: Operand,
  emit: (ref: string, axes: readonly number[]) => string,
): Sym => {
  const axes = axesOf(x, attrs.reductionIndices ?? attrs.axis)
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
    lower: (l, [x], attrs, output) => {
      if (op === 'ReduceSum' && leavesChannels(x!, attrs))
        return l.sym(blockedSum(l, x!), output.shape, 'float32')
      return reduceSym(l, x!, attrs, output, (ref, axes) => {
        const from =
          x!.dtype === 'bool' || through === 'int32'
            ? l.op('Cast', [ref], { to: elementType.int32 })
            : ref
        const reduced =
          axes.length === 0
            ? from
            : l.op(op, [from, l.ints(axes)], { keepdims: attrs.keepDims === true ? 1 : 0 })
        return through === 'int32' ? l.op('Cast', [reduced], { to: elementType.bool }) : reduced
      })
    },
  })

/**
 * The greatest or least, NaN if there is one: ONNX Runtime skips NaN, so the lanes that hold one are counted.
 * (The axes of the kernel Max are called reductionIndices.)
 */
const extreme = (name: string, op: string): Kernel =>
  kernel<Attrs>({
    name,
    inputs: ['x'],
    infer: ([x], attrs) => {
      const shape = reducedShape(x!, attrs)
      return x!.dtype === 'bool' ? null : { shape, dtype: x!.dtype }
    },
    lower: (l, [x], attrs, output) =>
      reduceSym(l, x!, attrs, output, (ref, axes) => {
        if (axes.length === 0) return ref
        const keepdims = attrs.keepDims === true ? 1 : 0
        const reduce = (by: string, from: string): string =>
          l.op(by, [from, l.ints(axes)], { keepdims })
        const most = reduce(op, ref)
        if (x!.dtype === 'int32') return most
        const none = l.op('Cast', [l.op('IsNaN', [ref])], { to: elementType.float32 })
        const found = l.op('Greater', [reduce('ReduceMax', none), l.float(0)])
        return l.op('Where', [found, l.float(NaN), most])
      }),
  })

const arg = (name: string, op: string, last: number): Kernel =>
  kernel<{ axis: number }>({
    name,
    inputs: ['x'],
    infer: ([x], { axis }) => {
      const shape = reducedShape(x!, { axis })
      return all('float32', x) && x!.shape.length > 0 ? { shape, dtype: 'int32' } : null
    },
    lower: (l, [x], attrs, out) =>
      reduceSym(l, x!, attrs, out, (ref, [axis]) => {
        // NaN is never the greatest nor the least.
        const known = l.op('Where', [l.op('IsNaN', [ref]), l.float(last), ref])
        return l.op('Cast', [l.op(op, [known], { axis: axis!, keepdims: 0 })], {
          to: elementType.int32,
        })
      }),
  })

/** The kernels that reduce axes. */
export const reduceKernels: readonly Kernel[] = [
  reduction('Sum', ['float32', 'int32', 'bool'], null, 'ReduceSum'),
  reduction('Mean', ['float32'], 'float32', 'ReduceMean'),
  extreme('Max', 'ReduceMax'),
  extreme('Min', 'ReduceMin'),
  reduction('Prod', ['float32', 'int32', 'bool'], null, 'ReduceProd'),
  reduction('All', ['bool'], 'bool', 'ReduceMin', 'int32'),
  reduction('Any', ['bool'], 'bool', 'ReduceMax', 'int32'),
  arg('ArgMax', 'ArgMax', -Infinity),
  arg('ArgMin', 'ArgMin', Infinity),
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
