import type { KernelBackend } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import type { WasmFile, WasmOptions } from '../driver.js'
import type { Platform } from '../platform.js'
import { coresToTell, threadsText, wasmThreads } from '../wasm/threads.js'

/** Browsers: wasm's files come from where `paths` says, and nothing is imported that a bundler has not seen. */
export const platform: Platform = {
  runtime: 'browser',
  loadWasm: async (wasm, options, make) => {
    const { paths } = options
    if (paths !== undefined) {
      try {
        wasm.setWasmPaths(typeof paths === 'string' ? paths : { ...paths })
      } catch (cause) {
        throw new RetableError(
          'unavailable',
          'the "wasm" backend failed to load before, and tfjs tries only once in a page: pass the right paths in the first call, and load the page again',
          { cause },
        )
      }
    }
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
    const threaded = simd && (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'))
    const file: WasmFile = threaded
      ? 'tfjs-backend-wasm-threaded-simd.wasm'
      : simd
        ? 'tfjs-backend-wasm-simd.wasm'
        : 'tfjs-backend-wasm.wasm'
    const wanted = wasmThreads(options.threads, navigator.hardwareConcurrency)
    const start = (): Promise<KernelBackend> =>
      threaded ? tellingCores(coresToTell(wanted), make) : make()
    if (threaded) wasm.setThreadsCount(wanted)
    let first: KernelBackend | undefined
    try {
      first = await start()
    } catch (cause) {
      throw new RetableError('unavailable', await whyNot(file, paths), { cause })
    }
    const threads = threaded ? wasm.getThreadsCount() : 1
    const isolated = threaded || !simd ? '' : '; threads need a page with COOP and COEP headers'
    return {
      detail: `${simd ? 'SIMD' : 'no SIMD'}, ${threadsText(threads)}${isolated}`,
      create: async () => {
        const instance = first ?? (await start())
        first = undefined
        return instance
      },
    }
  },
  importOptional: async () => undefined,
  importTfjsNode: async () => undefined,
  provideWebGpu: async () => true,
}

/** Calls a function during which the browser tells of another number of cores. */
const tellingCores = async <T>(cores: number, call: () => Promise<T>): Promise<T> => {
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores, configurable: true })
  try {
    return await call()
  } finally {
    // What the browser itself says lies in the prototype.
    Reflect.deleteProperty(navigator, 'hardwareConcurrency')
  }
}

const remedy =
  'serve the three .wasm files of node_modules/@tensorflow/tfjs-backend-wasm/dist and pass the URL of their folder: ' +
  "useBackend('wasm', { paths: '/wasm/' })"

/** Why a `.wasm` file did not load, in a sentence that says what to pass. */
const whyNot = async (file: WasmFile, paths: WasmOptions['paths']): Promise<string> => {
  if (paths === undefined) {
    return `the "wasm" backend found no ${file} beside this page's scripts: ${remedy}`
  }
  const url = typeof paths === 'string' ? `${paths}${file}` : paths[file]
  const found = await fetch(url).catch(() => undefined)
  const answer =
    found === undefined
      ? 'nothing answers there'
      : !found.ok
        ? `the server answers ${found.status}`
        : (await isWasm(found))
          ? 'it is WebAssembly and does not start'
          : `what is there is not WebAssembly but ${found.headers.get('content-type') ?? 'of no type'}`
  return `the "wasm" backend could not load ${url}: ${answer}; ${remedy}`
}

/** Whether a response begins as WebAssembly does: 00 61 73 6d. */
const isWasm = async (response: Response): Promise<boolean> =>
  new DataView(
    await response.arrayBuffer().then((b) => (b.byteLength < 4 ? new ArrayBuffer(4) : b)),
  ).getUint32(0) === 0x0061736d
