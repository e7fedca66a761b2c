import { backend_util, gather_util, util } from '@tensorflow/tfjs-core'
import { elementType, type GraphDtype } from '../graph/types.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

/** The kernels that pick numbers by index, and the other way round. */
export const gatherKernels: readonly Kernel[] = [
  kernel<{ axis: number; batchDims: number }>({
    name: 'GatherV2',
    inputs: ['x', 'indices'],
    // What is already there is checked at once; indices that are still to be computed, by ONNX Runtime in the run.
    check: ([, indices], [x], { axis }) => {
      const size = x!.shape[axis < 0 ? x!.shape.length + axis : axis]!
      for (const index of indices ?? []) {
        util.assert(
          index >= 0 && index < size,
          () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
        )
      }
    },
    infer: ([x, indices], { axis, batchDims }) => {
      const $axis = axis < 0 ? x!.shape.length + axis : axis
      if (batchDims !== 0 || !all('int32', indices)) return null
      const { outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
        { shape: x!.shape } as never,
        { shape: indices!.shape, rank: indices!.shape.length } as never,
        $axis,
        batchDims,
      )
      const shape = [...x!.shape.slice(0, $axis), ...indices!.shape, ...x!.shape.slice($axis + 1)]
      return outputShape.length > 0 ? { shape, dtype: x!.dtype } : null
    },
    lower: (l, [x, indices], { axis }, { shape, dtype }) =>
      l.sym(l.op('Gather', [l.plain(x!), l.plain(indices!)], { axis }), shape, dtype as GraphDtype),
  }),
  kernel({
    name: 'GatherNd',
    inputs: ['params', 'indices'],
    infer: ([x, indices]) => {
      const [shape] = gather_util.prepareAndValidate(
        { shape: x!.shape, rank: x!.shape.length } as never,
        { shape: indices!.shape, rank: indices!.shape.length, dtype: indices!.dtype } as never,
      )
      return { shape, dtype: x!.dtype }
    },
    lower: (l, [x, indices], _attrs, { shape, dtype }) => {
      const wide = l.op('Cast', [l.plain(indices!)], { to: elementType.int64 })
      return l.sym(l.op('GatherND', [l.plain(x!), wide]), shape, dtype as GraphDtype)
    },
  }),
  kernel<{ depth: number; onValue: number; offValue: number; dtype: GraphDtype }>({
    name: 'OneHot',
    inputs: ['indices'],
    infer: ([indices], { depth, dtype }) =>
      all('int32', indices) ? { shape: [...indices!.shape, depth], dtype } : null,
    // ONNX's own operator counts negative indices from the end; tfjs leaves their rows empty.
    lower: (l, [indices], { depth, onValue, offValue }, { shape, dtype }) => {
      const places = l.builder.constant(
        'int32',
        Array.from({ length: depth }, (_, i) => i),
        [depth],
      )
      const here = l.op('Equal', [l.plain(l.view(indices!, [...indices!.shape, 1])), places])
      const value = (v: number): string => l.builder.scalar(dtype as GraphDtype, v)
      return l.sym(
        l.op('Where', [here, value(onValue), value(offValue)]),
        shape,
        dtype as GraphDtype,
      )
    },
  }),
  kernel<{ k: number; sorted: boolean }>({
    name: 'TopK',
    inputs: ['x'],
    list: true,
    infer: ([x], { k }) => {
      const shape = [...x!.shape.slice(0, -1), k]
      return all('float32', x) && x!.shape.length > 0
        ? [
            { shape, dtype: 'float32' },
            { shape, dtype: 'int32' },
          ]
        : null
    },
    lower: (l, [x], { k }, { shape }) => {
      const [values, indices] = l.builder.ops('TopK', [l.plain(x!), l.ints([k])], { axis: -1 }, 2)
      return [
        l.sym(values!, shape, 'float32'),
        l.sym(l.op('Cast', [indices!], { to: elementType.int32 }), shape, 'int32'),
      ]
    },
  }),
]

/** Batches and blocks of pixels moved about: reshapes and transposes. */
export const blockKernels: readonly Kernel[] = [
  kernel<{ blockSize: number; dataFormat: string }>({
    name: 'DepthToSpace',
    inputs: ['x'],
    infer: ([x], { blockSize: b, dataFormat }) => {
      const [n, h, w, c] = x!.shape as [number, number, number, number]
      return dataFormat === 'NHWC'
        ? { shape: [n, h * b, w * b, c / (b * b)], dtype: x!.dtype }
        : null
    },
    lower: (l, [x], { blockSize: b }, { shape, dtype }) => {
      const [n, h, w] = x!.shape as [number, number, number]
      const split = l.plain(l.view(x!, [n, h, w, b, b, shape[3]!]))
      const moved = l.op('Transpose', [split], { perm: [0, 1, 3, 2, 4, 5] })
      return l.sym(l.reshape(moved, shape), shape, dtype as GraphDtype)
    },
  }),
  kernel<{ blockShape: number[]; crops: number[][] }>({
    name: 'BatchToSpaceND',
    inputs: ['x'],
    infer: ([x], { blockShape, crops }) => {
      const prod = blockShape.reduce((a, b) => a * b)
      const permuted = backend_util.getReshapedPermuted(mutable(x!.shape), blockShape, prod)
      return {
        shape: [
          ...backend_util.getSliceSize(permuted, crops, blockShape.length),
          ...permuted.slice(blockShape.length + 1),
        ],
        dtype: x!.dtype,
      }
    },
    lower: (l, [x], { blockShape, crops }, { shape, dtype }) => {
      const prod = blockShape.reduce((a, b) => a * b)
      const reshaped = backend_util.getReshaped(mutable(x!.shape), blockShape, prod)
      const perm = backend_util.getPermuted(reshaped.length, blockShape.length)
      const permuted = backend_util.getReshapedPermuted(mutable(x!.shape), blockShape, prod)
      const begin = backend_util.getSliceBeginCoords(crops, blockShape.length)
      const moved = l.op('Transpose', [l.plain(l.view(x!, reshaped))], { perm })
      const whole = l.reshape(moved, permuted)
      const ends = begin.map((b, i) => b + shape[i]!)
      const axes = begin.map((_, i) => i)
      return l.sym(
        l.op('Slice', [whole, l.ints(begin), l.ints(ends), l.ints(axes)]),
        shape,
        dtype as GraphDtype,
      )
    },
  }),
]
