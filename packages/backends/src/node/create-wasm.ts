import { readFile } from 'node:fs/promises'
import type { Worker } from 'node:worker_threads'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import { requireFrom } from '@retable/core/node'
import type { WasmPackage } from '../platform.js'
import { coresToTell } from '../wasm/threads.js'
import { restoringGlobals, restoringListeners } from './restoring.js'
import { threadEntry } from './thread-entry.js'
import { wasmFiles } from './wasm-files.js'
import type { WasmBuild } from './wasm-files.js'

/** What is used here of the module that Emscripten makes. */
interface EmscriptenModule {
  cwrap(
    name: string,
    returns: 'number' | null,
    takes: readonly 'number'[],
  ): (...args: number[]) => number
  tfjs?: unknown
  _malloc(bytes: number): number
  _free(address: number): void
  /** The pool of workers, in the build with threads. */
  readonly PThread?: Pool
}

interface Pool {
  readonly unusedWorkers: Worker[]
  readonly runningWorkers: Worker[]
  allocateUnusedWorker(): void
  loadWasmModuleToWorker(worker: Worker, onLoaded: () => void): void
}

type EmscriptenFactory = (config: {
  locateFile(path: string): string | URL
  mainScriptUrlOrBlob: string
  instantiateWasm(
    imports: { readonly env: Record<string, unknown> } & WebAssembly.Imports,
    onInstance: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): WebAssembly.Exports
}) => Promise<EmscriptenModule>

/**
 * A tfjs wasm backend in Node, with worker threads if more than one is asked for.
 *
 * tfjs turns threads off in Node, because it hands the script of its threads over as a blob URL, which Node's
 * workers do not take. Here Emscripten's module is started with a script that they take; all else is tfjs's.
 * The threads do not keep the process alive, and end with the backend's `dispose`.
 */
export const createWasm = async (
  wasm: WasmPackage,
  build: WasmBuild,
  threads: number,
): Promise<KernelBackend> => {
  const module = await restoringListeners(() =>
    restoringGlobals(['Worker'], () => start(build, threads)),
  )
  module.tfjs = bindings(module)
  guardMemory(module)
  wasm.setThreadsCount(threads)
  const backend = new wasm.BackendWasm(module as never)
  for (const worker of module.PThread?.runningWorkers ?? []) worker.unref()
  return backend
}

const start = async (build: WasmBuild, threads: number): Promise<EmscriptenModule> => {
  const { main, binary, worker } = wasmFiles(build)
  const factory = requireFrom(import.meta.url)(main) as EmscriptenFactory
  const entry = threadEntry(worker)
  const code = await WebAssembly.compile(await readFile(binary))
  const module = await factory({
    locateFile: (path) => (path.endsWith('.worker.js') ? entry : binary),
    mainScriptUrlOrBlob: main,
    instantiateWasm: (imports, onInstance) => {
      imports.env['emscripten_num_logical_cores'] = () => coresToTell(threads)
      const instance = new WebAssembly.Instance(code, imports)
      onInstance(instance, code)
      return instance.exports
    },
  })
  if (module.PThread) await resizePool(module.PThread, threads - 1)
  return module
}

/**
 * Emscripten starts eight workers. The calling thread is one of XNNPACK's, so that one fewer is needed than there
 * are threads; and it waits for them without coming back to the event loop, so that all must be there before.
 */
const resizePool = async (pool: Pool, workers: number): Promise<void> => {
  const surplus = pool.unusedWorkers.splice(Math.min(workers, pool.unusedWorkers.length))
  await Promise.all(surplus.map((worker) => worker.terminate()))
  const had = pool.unusedWorkers.length
  for (let i = had; i < workers; i++) pool.allocateUnusedWorker()
  await Promise.all(
    pool.unusedWorkers
      .slice(had)
      .map((worker) => new Promise<void>((done) => pool.loadWasmModuleToWorker(worker, done))),
  )
}

/** tfjs takes the address 0, by which malloc says that memory is full, for a place to write to: here it is an error. */
const guardMemory = (module: EmscriptenModule): void => {
  // Emscripten puts the true function in the place of this one when it is first called.
  module._free(module._malloc(1))
  const allocate = module._malloc.bind(module)
  module._malloc = (bytes) => {
    const address = bytes < 2 ** 32 ? allocate(bytes) : 0
    if (address !== 0) return address
    throw new RetableError(
      'unavailable',
      `the "wasm" backend has no room for a tensor of ${(bytes / 2 ** 20).toFixed(1)} MB: its memory ends at 4096 MB; make the batch smaller or dispose of tensors`,
    )
  }
}

/** The functions that tfjs's BackendWasm calls by these names. */
const bindings = (module: EmscriptenModule): Record<string, unknown> => {
  const dispose = module.cwrap('dispose', null, [])
  return {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: () => restoringListeners(() => dispose()),
  }
}
