import { slice_util, util } from '@tensorflow/tfjs-core'
import type { SliceAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'

/** Slice without the copy of the whole input that the wasm package's own makes first. */
export const slice: WasmKernel = {
  kernelName: 'Slice',
  compute: (call) => {
    const { x } = call.inputs as { x: TensorInfo }
    const { begin, size } = call.attrs as SliceAttrs
    if (x.dtype === 'string') return ownKernel('Slice')(call as never)
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
  // What lies in one run: the axes at the end that are taken whole, and the one before them.
  let axis = x.shape.length - 1
  while (axis > 0 && size[axis] === x.shape[axis]) axis--
  const strides = [...util.computeStrides(x.shape), 1]
  const run = axis < 0 ? 1 : size[axis]! * strides[axis]!
  const from = backend.typedArrayFromHeap(x)
  const to = backend.typedArrayFromHeap(out)
  const index = Array.from<number>({ length: Math.max(axis, 0) }).fill(0)
  let source = begin.reduce((sum, b, i) => sum + b * strides[i]!, 0)
  for (let target = 0; target < length; target += run) {
    to.set(from.subarray(source, source + run), target)
    for (let i = axis - 1; i >= 0; i--) {
      source += strides[i]!
      if (++index[i]! < size[i]!) break
      source -= size[i]! * strides[i]!
      index[i] = 0
    }
  }
  return out
}
