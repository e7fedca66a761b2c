import type { KernelBackend } from '@tensorflow/tfjs-core'
import type { LoadedBackend, Runtime, TfjsNodeOptions, WasmOptions } from './driver.js'

/** The package `@tensorflow/tfjs-backend-wasm`, as far as it is used here. */
export interface WasmPackage {
  readonly BackendWasm: new (wasm: never) => KernelBackend
  setWasmPaths(paths: string | Record<string, string>): void
  setThreadsCount(threads: number): void
  getThreadsCount(): number
}

/** What differs between Node and a browser: `#platform` is one of two modules that export one of these. */
export interface Platform {
  readonly runtime: Runtime
  /** Makes wasm ready for this platform; `single` is the package's own way, without threads in Node. */
  loadWasm(
    wasm: WasmPackage,
    options: WasmOptions,
    single: () => Promise<KernelBackend>,
  ): Promise<LoadedBackend>
  /** Imports a package that need not be installed; undefined if it is not. */
  importOptional(specifier: string): Promise<unknown>
  /** Imports tfjs-node or tfjs-node-gpu and says with how many threads; undefined if it is not installed. */
  importTfjsNode(
    specifier: string,
    options: TfjsNodeOptions,
  ): Promise<{ readonly threads: number } | undefined>
  /** Makes sure of `navigator.gpu`, as far as this platform can; false if it cannot without another package. */
  provideWebGpu(): Promise<boolean>
}
