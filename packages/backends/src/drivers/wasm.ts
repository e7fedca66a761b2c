import type { KernelBackend } from '@tensorflow/tfjs-core'
import { platform } from '#platform'
import type { Driver, WasmOptions } from '../driver.js'
import { packageFactory } from '../package-factory.js'
import type { WasmPackage } from '../platform.js'
import { registerWasmKernels } from '../wasm/register.js'

/** tfjs's WebAssembly backend with SIMD, with threads in Node too, and with the kernels that training needs. */
export const wasmDriver: Driver<WasmOptions> = {
  name: 'wasm',
  tfName: 'wasm',
  runtimes: ['node', 'browser'],
  auto: { node: 3, browser: 3 },
  needs: 'WebAssembly',
  options: ['threads', 'paths'],
  load: async (options) => {
    let wasm: WasmPackage | undefined
    const factory = await packageFactory('wasm', async () => {
      wasm = await import('@tensorflow/tfjs-backend-wasm')
    })
    registerWasmKernels()
    const single = async (): Promise<KernelBackend> => factory()
    return platform.loadWasm(wasm!, options, single)
  },
}
