import type { BackendName, Driver } from '../driver.js'
import { cpuDriver } from './cpu.js'
import { onnxDriver } from './onnx.js'
import { nodeDriver, nodeGpuDriver } from './tfjs-node.js'
import { wasmDriver } from './wasm.js'
import { webglDriver } from './webgl.js'
import { webgpuDriver } from './webgpu.js'

/** Every driver by its name. */
export const drivers: { readonly [Name in BackendName]: Driver<Name> } = {
  onnx: onnxDriver,
  wasm: wasmDriver,
  cpu: cpuDriver,
  webgl: webglDriver,
  webgpu: webgpuDriver,
  node: nodeDriver,
  'node-gpu': nodeGpuDriver,
}
