import { batchMatMul } from './batch-mat-mul.js'
import { cast } from './cast.js'
import { concat } from './concat.js'
import { conv2d } from './conv2d.js'
import { conv2dBackpropFilter } from './conv2d-backprop-filter.js'
import { conv2dBackpropInput } from './conv2d-backprop-input.js'
import { lrn, lrnGrad } from './lrn.js'
import { maxPoolGrad } from './max-pool-grad.js'
import { registerWasmKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { slice } from './slice.js'
import { splitV } from './split-v.js'
import { sum } from './sum.js'

/** The kernels that make wasm train. */
const wasmKernels: readonly WasmKernel[] = [
  batchMatMul,
  cast,
  concat,
  conv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  lrn,
  lrnGrad,
  maxPoolGrad,
  slice,
  splitV,
  sum,
]

let registered = false

/** Registers what training needs and the wasm package lacks, or does too slowly; once. The package must be loaded. */
export const registerWasmKernels = (): void => {
  if (registered) return
  registered = true
  wasmKernels.forEach(registerWasmKernel)
}
