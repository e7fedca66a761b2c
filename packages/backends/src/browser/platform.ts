import type { Platform } from '../platform.js'

/** Browsers: wasm's files come from where `paths` says, and nothing is imported that a bundler has not seen. */
export const platform: Platform = {
  runtime: 'browser',
  loadWasm: async (wasm, options, single) => {
    if (options.paths !== undefined) {
      wasm.setWasmPaths(typeof options.paths === 'string' ? options.paths : { ...options.paths })
    }
    if (options.threads !== undefined) wasm.setThreadsCount(options.threads)
    return { detail: 'WebAssembly', create: single }
  },
  importOptional: async () => undefined,
  importTfjsNode: async () => undefined,
}
