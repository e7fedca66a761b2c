import { dirname, join } from 'node:path'
import { requireFrom } from '@retable/core/node'

const require = requireFrom(import.meta.url)

/** What tfjs's wasm backend can be started as: plain, with SIMD, or with SIMD and threads. */
export type WasmBuild = 'plain' | 'simd' | 'threaded'

export interface WasmFiles {
  /** Emscripten's module. */
  readonly main: string
  /** The WebAssembly itself. */
  readonly binary: string
  /** The module that holds, as a string, what each thread runs. */
  readonly worker: string
}

/** Where the installed `@tensorflow/tfjs-backend-wasm` keeps the files of a build. */
export const wasmFiles = (build: WasmBuild): WasmFiles => {
  const name = 'tfjs-backend-wasm'
  const out = join(
    dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')),
    'wasm-out',
  )
  const file = (suffix: string): string => join(out, `${name}${suffix}`)
  const threaded = file('-threaded-simd.worker.js')
  const byBuild: Readonly<Record<WasmBuild, WasmFiles>> = {
    plain: { main: file('.js'), binary: file('.wasm'), worker: threaded },
    simd: { main: file('.js'), binary: file('-simd.wasm'), worker: threaded },
    threaded: {
      main: file('-threaded-simd.js'),
      binary: file('-threaded-simd.wasm'),
      worker: threaded,
    },
  }
  return byBuild[build]
}
