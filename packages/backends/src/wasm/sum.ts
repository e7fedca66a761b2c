import { backend_util, util } from '@tensorflow/tfjs-core'
import type { SumAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { withScratch } from './scratch.js'
import type { Scratch } from './scratch.js'

/**
 * Sums over leading axes, which are the gradients of biases, by halving: the upper half of the rows is added to the
 * lower until one is left. The wasm package's own transposes first; this takes a fifth of its time, and pairwise
 * sums round less.
 */
export const sum: WasmKernel = {
  kernelName: 'Sum',
  compute: (call) => {
    const { x } = call.inputs as { x: TensorInfo }
    const { axis, keepDims } = call.attrs as SumAttrs
    const axes = util.parseAxisParam(axis, x.shape)
    const leading =
      axes.length > 0 &&
      axes.length < x.shape.length &&
      [...axes].sort(ascending).every((a, i) => a === i)
    const rows = util.sizeFromShape(x.shape.slice(0, axes.length))
    const columns = util.sizeFromShape(x.shape.slice(axes.length))
    if (!leading || x.dtype !== 'float32' || rows < 4 || columns < 4) {
      return ownKernel('Sum')(call as never)
    }
    return withScratch(call.backend, (scratch) => {
      const [outShape] = backend_util.computeOutAndReduceShapes(x.shape, axes)
      const shape = keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape
      return { ...halve(scratch, x, rows, columns), shape }
    })
  },
}

const ascending = (a: number, b: number): number => a - b

const halve = (scratch: Scratch, x: TensorInfo, rows: number, columns: number): TensorInfo => {
  let sums = x
  for (let left = rows; left > 1; left = Math.ceil(left / 2)) {
    // An odd row out in the middle is carried over as it is.
    const pairs = Math.floor(left / 2)
    const rest = left - pairs
    const a = scratch.view(sums, 0, [pairs, columns])
    const b = scratch.view(sums, rest * columns, [pairs, columns])
    let next = scratch.run('Add', { a, b })
    if (rest > pairs) {
      const odd = scratch.view(sums, pairs * columns, [1, columns])
      const both = scratch.stack([next, odd])
      scratch.free(next)
      next = both
    }
    scratch.free(sums)
    sums = next
  }
  return sums
}
