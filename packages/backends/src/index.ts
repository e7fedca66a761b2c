export { autoOrder, useBackend } from './use-backend.js'
export type { AutoOptions } from './use-backend.js'
export type { BackendInUse } from './use-backend.js'
export type { Considered } from './first-that-loads.js'
export type { BackendDetails } from './details.js'
export { listBackends } from './list-backends.js'
export { backendNames } from './driver.js'
export type {
  BackendName,
  BackendOptions,
  OnnxOptions,
  Runtime,
  WasmFile,
  WasmOptions,
} from './driver.js'
