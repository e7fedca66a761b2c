import type { KernelBackend } from '@tensorflow/tfjs-core'
import type { Inspection } from './details.js'

/** Where this code runs: some backends need a browser, some need Node. */
export type Runtime = 'node' | 'browser'

export interface OnnxOptions {
  /** ONNX Runtime's execution provider; its default is the CPU's. */
  readonly provider?: 'cpu' | 'webgpu' | 'cuda'
  /** Threads inside one operation; the default is the number of cores. */
  readonly threads?: number
}

export interface WasmOptions {
  /** Threads inside one operation; the default is the number of cores. A browser gives threads only to a page with COOP and COEP headers. */
  readonly threads?: number
  /** Where a browser finds the `.wasm` files: the URL of their folder, or a URL for each by its name. Node needs none. */
  readonly paths?: string | Readonly<Record<WasmFile, string>>
}

export type WasmFile =
  'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm'

export interface TfjsNodeOptions {
  /** libtensorflow's threads inside one operation, fixed once it is loaded; the default is the number of cores. */
  readonly threads?: number
}

export type NoOptions = Readonly<Record<never, never>>

/** A backend whose package is loaded: makes instances, and says in a few words what they are ('SIMD, 2 threads'). */
export interface LoadedBackend {
  readonly detail: string
  readonly create: () => KernelBackend | Promise<KernelBackend>
}

/**
 * What `useBackend` needs to know of one backend; a file in `drivers/` exports one.
 *
 * A driver makes backends and registers none of them: `activate` does that, once one is known to work.
 */
export interface Driver<Options = NoOptions> {
  /** The name that `useBackend` takes. */
  readonly name: string
  /** The name under which tfjs keeps it ('tensorflow' for tfjs-node). */
  readonly tfName: string
  readonly runtimes: readonly Runtime[]
  /** Its place among those that `auto` tries, by runtime, the smallest first; left out if `auto` does not try it. */
  readonly auto?: { readonly [Where in Runtime]?: number }
  /** What it needs, for the error if it is missing. */
  readonly needs: string
  /** The names of the options that `load` takes. */
  readonly options: readonly string[]
  /**
   * Imports what the backend needs and registers its kernels.
   *
   * @throws RetableError 'unavailable' in one sentence that says what to install or what is missing
   */
  load(options: Options): Promise<LoadedBackend>
  /** Looks at an instance that runs; left out if there is nothing to see. */
  inspect?(instance: KernelBackend): Inspection
}
