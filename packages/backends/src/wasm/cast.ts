import type { CastAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { withScratch } from './scratch.js'

/** Cast, where bool means "not zero": the wasm package's own keeps the number, so that 3 is no longer true. */
export const cast: WasmKernel = {
  kernelName: 'Cast',
  compute: (call) => {
    const { x } = call.inputs as { x: TensorInfo }
    const numbers = x.dtype === 'float32' || x.dtype === 'int32'
    if ((call.attrs as CastAttrs).dtype !== 'bool' || !numbers) {
      return ownKernel('Cast')(call as never)
    }
    return withScratch(call.backend, (scratch) => {
      const zero = scratch.run('Cast', { x: scratch.filled([], 0) }, { dtype: x.dtype })
      return scratch.run('NotEqual', { a: x, b: zero })
    })
  },
}
