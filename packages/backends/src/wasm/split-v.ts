import { backend_util, util } from '@tensorflow/tfjs-core'
import type { SplitVAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { copySlice } from './slice.js'

/** Split by our slices, which grouped convolutions need in each step. */
export const splitV: WasmKernel = {
  kernelName: 'SplitV',
  compute: (call) => {
    const { x } = call.inputs as { x: TensorInfo }
    if (x.dtype === 'string') return ownKernel('SplitV')(call as never)
    const { numOrSizeSplits, axis } = call.attrs as SplitVAttrs
    const along = util.parseAxisParam(axis, x.shape)[0]!
    const sizes = backend_util.prepareSplitSize(x, numOrSizeSplits, along)
    const begin = x.shape.map(() => 0)
    return sizes.map((taken) => {
      const size = x.shape.map((n, i) => (i === along ? taken : n))
      const part = copySlice(call.backend, x, begin, size)
      begin[along]! += taken
      return part
    })
  },
}
