import type {
  Driver,
  NoOptions,
  OnnxOptions,
  Runtime,
  TfjsNodeOptions,
  WasmOptions,
} from '../driver.js'
import { cpuDriver } from './cpu.js'
import { onnxDriver } from './onnx.js'
import { nodeDriver, nodeGpuDriver } from './tfjs-node.js'
import { wasmDriver } from './wasm.js'
import { webglDriver } from './webgl.js'
import { webgpuDriver } from './webgpu.js'

/** The backends with their options. A new one is a line here and one in {@link drivers}. */
export interface BackendOptions {
  /** ONNX Runtime in Node. */
  readonly onnx: OnnxOptions
  /** WebAssembly. */
  readonly wasm: WasmOptions
  /** Plain JavaScript. */
  readonly cpu: NoOptions
  /** Textures of a graphics card. */
  readonly webgl: NoOptions
  /** Compute shaders of a graphics card. */
  readonly webgpu: NoOptions
  /** tfjs-node. */
  readonly node: TfjsNodeOptions
  /** tfjs-node-gpu. */
  readonly 'node-gpu': TfjsNodeOptions
}

/** The names that `useBackend` takes, besides 'auto'. */
export type BackendName = keyof BackendOptions

/** Every driver by its name. */
export const drivers: { readonly [Name in BackendName]: Driver<BackendOptions[Name]> } = {
  onnx: onnxDriver,
  wasm: wasmDriver,
  cpu: cpuDriver,
  webgl: webglDriver,
  webgpu: webgpuDriver,
  node: nodeDriver,
  'node-gpu': nodeGpuDriver,
}

/** The names that `useBackend` takes, besides 'auto'. */
export const backendNames: readonly BackendName[] = Object.keys(drivers) as BackendName[]

/** Where each backend runs, and the names of the options that it takes: `threads`, for instance. */
export const backendTraits: Readonly<Record<BackendName, Pick<Driver, 'runtimes' | 'options'>>> =
  Object.fromEntries(
    backendNames.map((name) => {
      const { runtimes, options } = drivers[name]
      return [name, { runtimes, options }]
    }),
  ) as Record<BackendName, Pick<Driver, 'runtimes' | 'options'>>

const orderIn = (runtime: Runtime): readonly BackendName[] => {
  const placeOf = (name: BackendName) => drivers[name].auto?.[runtime] ?? Infinity
  return backendNames
    .filter((name) => placeOf(name) < Infinity)
    .sort((a, b) => placeOf(a) - placeOf(b))
}

/** What `auto` tries, fastest first. */
export const autoOrder: Readonly<Record<Runtime, readonly BackendName[]>> = {
  node: orderIn('node'),
  browser: orderIn('browser'),
}
