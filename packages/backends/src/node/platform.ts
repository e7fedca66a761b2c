import { availableParallelism } from 'node:os'
import * as tf from '@tensorflow/tfjs-core'
import type { Platform } from '../platform.js'
import { createWasm } from './create-wasm.js'
import { importOptional } from './import-optional.js'
import { importTfjsNode } from './import-tfjs-node.js'
import { provideWebGpu } from './provide-webgpu.js'
import { threadsText, wasmThreads } from '../wasm/threads.js'

/** Node: wasm's files lie in its package, and its threads are worker threads. */
export const platform: Platform = {
  runtime: 'node',
  importOptional,
  importTfjsNode,
  provideWebGpu,
  loadWasm: async (wasm, options) => {
    if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
      return { detail: 'no SIMD, 1 thread', create: () => createWasm(wasm, 'plain', 1) }
    }
    // Deno's workers cannot start Emscripten's threads ("Cannot set property location").
    const threads = 'Deno' in globalThis ? 1 : wasmThreads(options.threads, availableParallelism())
    const detail = `SIMD, ${threadsText(threads)}`
    return { detail, create: () => createWasm(wasm, threads === 1 ? 'simd' : 'threaded', threads) }
  },
}
