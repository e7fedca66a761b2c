import { batchMatMul } from './batch-mat-mul.js'
import { conv2d } from './conv2d.js'
import { conv2dBackpropFilter } from './conv2d-backprop-filter.js'
import { conv2dBackpropInput } from './conv2d-backprop-input.js'
import { registerWasmKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { slice } from './slice.js'

/** The kernels that make wasm train. */
export const wasmKernels: readonly WasmKernel[] = [
  batchMatMul,
  conv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  slice,
]

let registered = false

/** Registers what training needs and the wasm package lacks, or does too slowly; once. The package must be loaded. */
export const registerWasmKernels = (): void => {
  if (registered) return
  registered = true
  wasmKernels.forEach(registerWasmKernel)
}
