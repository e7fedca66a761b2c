import { backend_util, slice_util, util } from '@tensorflow/tfjs-core'
import { isPlain, Sym } from '../graph/symbol.js'
import { elementType, type GraphDtype, type Operand } from '../graph/types.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

const resized = (x: Operand, axis: number, size: number): number[] =>
  x.shape.map((d, i) => (i === axis ? size : d))

/** The kernels that move numbers without changing them, and the change of dtype. */
export const shapeKernels: readonly Kernel[] = [
  kernel<{ dtype: GraphDtype }>({
    name: 'Cast',
    inputs: ['x'],
    infer: ([x], { dtype }) => (dtype in elementType ? { shape: x!.shape, dtype } : null),
    lower: (l, [x], _attrs, { shape, dtype }) => {
      const to = dtype as GraphDtype
      if (x!.dtype === to) return x!
      return l.elementwise([x!], shape, to, (ref) => {
        // NaN has no integer: JavaScript makes it 0, C++ anything.
        const safe =
          x!.dtype === 'float32' && to === 'int32'
            ? l.op('Where', [l.op('IsNaN', [ref]), l.float(0), ref])
            : ref
        return l.op('Cast', [safe], { to: elementType[to] })
      })
    },
  }),
  kernel<{ perm: number[] }>({
    name: 'Transpose',
    inputs: ['x'],
    infer: ([x], { perm }) => ({ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }),
    // Nothing moves: the same numbers, other names for the axes.
    lower: (_l, [x], { perm }, { shape, dtype }) =>
      new Sym(
        shape,
        dtype as GraphDtype,
        x!.forms.map(({ ref, layout }) => ({
          ref,
          layout: layout.map((axis) => perm.indexOf(axis)),
        })),
      ),
  }),
  kernel<{ axis: number }>({
    name: 'Concat',
    inputs: ['...'],
    infer: (xs, { axis }) => {
      const $axis = util.parseAxisParam(axis, mutable(xs[0]!.shape))[0]!
      const shapes = xs.map((x) => mutable(x.shape))
      backend_util.assertParamsConsistent(shapes, $axis)
      const shape = backend_util.computeOutShape(shapes, $axis)
      return all(xs[0]!.dtype, ...xs) ? { shape, dtype: xs[0]!.dtype } : null
    },
    lower: (l, xs, { axis }, { shape, dtype }) => {
      const $axis = util.parseAxisParam(axis, mutable(shape))[0]!
      const layout = xs.map((x) => l.layoutOf(x)).find((p) => !isPlain(p)) ?? l.layoutOf(xs[0]!)
      const refs = xs.filter((x) => x.shape[$axis] !== 0).map((x) => l.as(x, layout))
      return l.sym(
        l.op('Concat', refs, { axis: layout.indexOf($axis) }),
        shape,
        dtype as GraphDtype,
        layout,
      )
    },
  }),
  kernel<{ axis: number }>({
    name: 'Pack',
    inputs: ['...'],
    infer: (xs, { axis }) => {
      for (const x of xs) {
        util.assertShapesMatch(
          mutable(xs[0]!.shape),
          mutable(x.shape),
          'All tensors passed to stack must have matching shapes',
        )
        util.assert(
          xs[0]!.dtype === x.dtype,
          () => 'All tensors passed to stack must have matching dtypes',
        )
      }
      const shape = [...xs[0]!.shape]
      shape.splice(axis < 0 ? shape.length + 1 + axis : axis, 0, xs.length)
      return { shape, dtype: xs[0]!.dtype }
    },
    lower: (l, xs, { axis }, { shape, dtype }) => {
      const at = axis < 0 ? shape.length + axis : axis
      const one = shape.map((d, i) => (i === at ? 1 : d))
      const refs = xs.map((x) => l.plain(l.view(x, one)))
      return l.sym(l.op('Concat', refs, { axis: at }), shape, dtype as GraphDtype)
    },
  }),
  kernel<{ axis: number }>({
    name: 'Unpack',
    inputs: ['value'],
    list: true,
    infer: ([x], { axis }) => {
      const at = axis < 0 ? x!.shape.length + axis : axis
      const shape = x!.shape.filter((_, i) => i !== at)
      return Array.from({ length: x!.shape[at]! }, () => ({ shape, dtype: x!.dtype }))
    },
    lower: (l, [x], { axis }, { shape, dtype }, outputs) => {
      const at = axis < 0 ? x!.rank + axis : axis
      const refs = l.builder.ops(
        'Split',
        [l.plain(x!), l.ints(outputs.map(() => 1))],
        { axis: at },
        outputs.length,
      )
      return outputs.map((_, i) => l.sym(l.reshape(refs[i]!, shape), shape, dtype as GraphDtype))
    },
  }),
  kernel<{ numOrSizeSplits: number[] | number; axis: number }>({
    name: 'SplitV',
    inputs: ['x'],
    list: true,
    infer: ([x], { numOrSizeSplits, axis }) => {
      const $axis = util.parseAxisParam(axis, mutable(x!.shape))[0]!
      // tfjs-core's own function takes a tensor, of which it reads only the shape.
      const sizes = backend_util.prepareSplitSize(
        { shape: x!.shape } as never,
        numOrSizeSplits,
        $axis,
      )
      return sizes.map((size) => ({ shape: resized(x!, $axis, size), dtype: x!.dtype }))
    },
    lower: (l, [x], { axis }, _out, outputs) => {
      const $axis = util.parseAxisParam(axis, mutable(x!.shape))[0]!
      const layout = l.layoutOf(x!)
      const sizes = outputs.map((o) => o.shape[$axis]!)
      const refs = l.builder.ops(
        'Split',
        [l.as(x!, layout), l.ints(sizes)],
        { axis: layout.indexOf($axis) },
        outputs.length,
      )
      return outputs.map((o, i) => l.sym(refs[i]!, o.shape, o.dtype as GraphDtype, layout))
    },
  }),
  kernel<{ begin: number | number[]; size: number | number[] }>({
    name: 'Slice',
    inputs: ['x'],
    infer: ([x], { begin, size }) => {
      const [$begin, $size] = slice_util.parseSliceParams({ shape: x!.shape } as never, begin, size)
      slice_util.assertParamsValid(
        { shape: x!.shape, rank: x!.shape.length } as never,
        $begin!,
        $size!,
      )
      return { shape: $size!, dtype: x!.dtype }
    },
    lower: (l, [x], { begin, size }, { shape, dtype }) => {
      const [$begin] = slice_util.parseSliceParams({ shape: x!.shape } as never, begin, size)
      const layout = l.layoutOf(x!)
      const cut = layout.map((_, i) => i).filter((i) => shape[layout[i]!] !== x!.shape[layout[i]!])
      if (cut.length === 0) return x!
      const starts = cut.map((i) => $begin![layout[i]!]!)
      const ends = cut.map((i) => $begin![layout[i]!]! + shape[layout[i]!]!)
      return l.sym(
        l.op('Slice', [l.as(x!, layout), l.ints(starts), l.ints(ends), l.ints(cut)]),
        shape,
        dtype as GraphDtype,
        layout,
      )
    },
  }),
  kernel<{
    begin: number[]
    end: number[]
    strides: number[]
    beginMask: number
    endMask: number
    ellipsisMask: number
    newAxisMask: number
    shrinkAxisMask: number
  }>({
    name: 'StridedSlice',
    inputs: ['x'],
    infer: ([x], a) => {
      const info = slice_util.sliceInfo(
        mutable(x!.shape),
        a.begin,
        a.end,
        a.strides,
        a.beginMask,
        a.endMask,
        a.ellipsisMask,
        a.newAxisMask,
        a.shrinkAxisMask,
      )
      return { shape: info.finalShape, dtype: x!.dtype }
    },
    lower: (l, [x], a, { shape, dtype }) => {
      const info = slice_util.sliceInfo(
        mutable(x!.shape),
        a.begin,
        a.end,
        a.strides,
        a.beginMask,
        a.endMask,
        a.ellipsisMask,
        a.newAxisMask,
        a.shrinkAxisMask,
      )
      const axes = info.begin.map((_, i) => i)
      // A backward slice down to the first element ends before it: ONNX says so with a large negative end.
      const ends = info.end.map((e, i) => (info.strides[i]! < 0 && e < 0 ? -(2 ** 31) : e))
      const ref = l.op('Slice', [
        l.plain(x!),
        l.ints(info.begin),
        l.ints(ends),
        l.ints(axes),
        l.ints(info.strides),
      ])
      return l.sym(l.reshape(ref, shape), shape, dtype as GraphDtype)
    },
  }),
  kernel<{ paddings: [number, number][]; constantValue: number }>({
    name: 'PadV2',
    inputs: ['x'],
    infer: ([x], { paddings }) => ({
      shape: paddings.map(([before, after], i) => before + x!.shape[i]! + after),
      dtype: x!.dtype,
    }),
    lower: (l, [x], { paddings, constantValue }, { shape, dtype }) => {
      if (paddings.every(([before, after]) => before === 0 && after === 0)) return x!
      const layout = l.layoutOf(x!)
      const pads = [...layout.map((a) => paddings[a]![0]), ...layout.map((a) => paddings[a]![1])]
      const value = l.builder.scalar(dtype as GraphDtype, constantValue)
      return l.sym(
        l.op('Pad', [l.as(x!, layout), l.ints(pads), value]),
        shape,
        dtype as GraphDtype,
        layout,
      )
    },
  }),
  kernel<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>({
    name: 'MirrorPad',
    inputs: ['x'],
    infer: ([x], { paddings, mode }) =>
      mode === 'reflect' && x!.dtype !== 'bool'
        ? {
            shape: paddings.map(([before, after], i) => before + x!.shape[i]! + after),
            dtype: x!.dtype,
          }
        : null,
    lower: (l, [x], { paddings }, { shape, dtype }) => {
      const pads = [...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]
      return l.sym(
        l.op('Pad', [l.plain(x!), l.ints(pads)], { mode: 'reflect' }),
        shape,
        dtype as GraphDtype,
      )
    },
  }),
  kernel<{ reps: number[] }>({
    name: 'Tile',
    inputs: ['x'],
    infer: ([x], { reps }) => ({ shape: x!.shape.map((d, i) => d * reps[i]!), dtype: x!.dtype }),
    lower: (l, [x], { reps }, { shape, dtype }) =>
      reps.every((r) => r === 1)
        ? x!
        : l.sym(l.op('Tile', [l.plain(x!), l.ints(reps)]), shape, dtype as GraphDtype),
  }),
  kernel<{ dims: number | number[] }>({
    name: 'Reverse',
    inputs: ['x'],
    infer: ([x], { dims }) => {
      util.parseAxisParam(dims, mutable(x!.shape))
      return x!
    },
    lower: (l, [x], { dims }, { shape, dtype }) => {
      const axes = util.parseAxisParam(dims, mutable(shape))
      if (axes.length === 0) return x!
      const each = (v: number): string => l.ints(axes.map(() => v))
      return l.sym(
        l.op('Slice', [l.plain(x!), each(-1), each(-(2 ** 31)), l.ints(axes), each(-1)]),
        shape,
        dtype as GraphDtype,
      )
    },
  }),
]
