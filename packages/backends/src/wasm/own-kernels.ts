import * as tf from '@tensorflow/tfjs-core'
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'

/** The wasm package's own kernels that ours took the place of. */
const own = new Map<string, KernelConfig>()

/**
 * A kernel of the wasm package itself, whether or not ours has taken its place.
 *
 * @throws Error if the package has no such kernel
 */
export const ownKernel = (name: string): KernelFunc => {
  const config = own.get(name) ?? tf.getKernel(name, 'wasm')
  if (!config) throw new Error(`the wasm backend has no kernel ${name}`)
  return config.kernelFunc
}

/** A kernel of ours: one that wasm lacks, or a better one, which may leave cases to wasm's own (`ownKernel`). */
export interface WasmKernel {
  readonly kernelName: string
  readonly compute: (call: {
    readonly inputs: tf.NamedTensorInfoMap
    readonly attrs: unknown
    readonly backend: BackendWasm
  }) => tf.TensorInfo | tf.TensorInfo[]
}

/** Registers a kernel for the wasm backend, in place of the package's own if there is one. */
export const registerWasmKernel = ({ kernelName, compute }: WasmKernel): void => {
  const before = tf.getKernel(kernelName, 'wasm')
  if (before) {
    if (!own.has(kernelName)) own.set(kernelName, before)
    tf.unregisterKernel(kernelName, 'wasm')
  }
  // The set-up of the package's own kernel is kept: it binds the function that `ownKernel` calls.
  tf.registerKernel({
    ...(own.get(kernelName) ?? {}),
    kernelName,
    backendName: 'wasm',
    kernelFunc: compute as unknown as KernelFunc,
  })
}
