import { slice_util, util } from '@tensorflow/tfjs-core'
import type { SliceAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { copyRuns, placeOf } from './copy-runs.js'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'

/** Slice without the copy of the whole input that the wasm package's own makes first. */
export const slice: WasmKernel = {
  kernelName: 'Slice',
  compute: (call) => {
    const { x } = call.inputs as { x: TensorInfo }
    if (x.dtype === 'string') return ownKernel('Slice')(call as never)
    const { begin, size } = call.attrs as SliceAttrs
    const [from, shape] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]]
    slice_util.assertParamsValid(x, from, shape)
    return copySlice(call.backend, x, from, shape)
  },
}

/** The part of `x` that begins at `begin` and has the shape `size`, as a new tensor. */
export const copySlice = (
  backend: BackendWasm,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo => {
  const out = backend.makeOutput([...size], x.dtype)
  const length = util.sizeFromShape([...size])
  if (length === 0) return out
  const strides = [...util.computeStrides(x.shape), 1]
  // One run is what is taken of the last axis that is not taken whole; the axis before it gives equal steps.
  let last = x.shape.length - 1
  while (last > 0 && size[last] === x.shape[last]) last--
  const run = last < 0 ? 1 : size[last]! * strides[last]!
  const count = last > 0 ? size[last - 1]! : 1
  const stride = last > 0 ? strides[last - 1]! : 0

  const { heap, start } = placeOf(backend, x)
  const target = placeOf(backend, out).start
  const index = Array.from<number>({ length: Math.max(last - 1, 0) }).fill(0)
  let source = start + begin.reduce((sum, b, i) => sum + b * strides[i]!, 0)
  for (let done = 0; done < length; done += run * count) {
    copyRuns(heap, run, count, { start: source, stride }, { start: target + done, stride: run })
    for (let i = index.length - 1; i >= 0; i--) {
      source += strides[i]!
      if (++index[i]! < size[i]!) break
      source -= size[i]! * strides[i]!
      index[i] = 0
    }
  }
  return out
}
