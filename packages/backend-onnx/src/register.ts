import { availableParallelism } from 'node:os'
import * as tf from '@tensorflow/tfjs-core'
import { RetableError, type CapturingBackend } from '@retable/core'
import { OnnxBackend } from './backend.js'
import { capture } from './capture/capture.js'
import { CpuFallback } from './fallback.js'
import { hostKernels } from './kernels/host.js'
import { kernels } from './kernels/index.js'
import type { Kernel } from './kernels/kernel.js'
import { resolveOptions, type OnnxBackendOptions } from './options.js'
import { openNative } from './run/native.js'

/** The name under which tfjs knows the backend. */
export const onnxBackendName = 'onnx'

/**
 * Registers the tfjs backend 'onnx' and its kernels, and makes sure that it runs: `await tf.setBackend('onnx')`
 * afterwards. Calling it again replaces the backend, so options may change; tensors of the old one are lost.
 *
 * @throws RetableError 'invalid-argument' or 'unknown-name' for options that cannot be; 'unavailable' if ONNX
 * Runtime does not load, or the provider is not there (no GPU, or not in this build)
 *
 * @example
 * import * as tf from '@tensorflow/tfjs-core'
 * import { registerOnnxBackend } from '@retable/backend-onnx'
 * await registerOnnxBackend({ threads: 2 })
 * await tf.setBackend('onnx')
 */
export const registerOnnxBackend = async (options: OnnxBackendOptions = {}): Promise<void> => {
  const resolved = resolveOptions(options, availableParallelism())
  const native = openNative()
  const providers = native.listProviders()
  if (!providers.includes(resolved.provider)) {
    throw new RetableError(
      'unavailable',
      `this build of ONNX Runtime has no '${resolved.provider}' provider, only ${providers.join(', ')}`,
    )
  }
  const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu')
  const cpuKernels = new Map(tf.getKernelsForBackend('cpu').map((k) => [k.kernelName, k]))
  const makeFallback = (): CpuFallback =>
    // Not its first use: it advises Node's users to take another backend, as they have done.
    new CpuFallback(Object.assign(new MathBackendCPU(), { firstUse: false }), cpuKernels)

  probe(new OnnxBackend(native, resolved))
  if (tf.findBackendFactory(onnxBackendName) !== null) tf.removeBackend(onnxBackendName)
  for (const { kernelName } of tf.getKernelsForBackend(onnxBackendName)) {
    tf.unregisterKernel(kernelName, onnxBackendName)
  }
  const capturing: CapturingBackend = { capture }
  tf.registerBackend(
    onnxBackendName,
    () => Object.assign(new OnnxBackend(native, resolved), capturing),
    4,
  )

  let fallback: CpuFallback | null = null
  const fallBack = (
    onnx: OnnxBackend,
    name: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: unknown,
  ): tf.TensorInfo | tf.TensorInfo[] =>
    (fallback ??= makeFallback()).run(onnx, name, inputs, (attrs ?? {}) as Record<string, unknown>)

  for (const kernel of kernels) {
    tf.registerKernel({
      kernelName: kernel.name,
      backendName: onnxBackendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const onnx = backend as OnnxBackend
        const out = onnx.recordKernel(kernel, operandsOf(kernel, inputs), attrs)
        if (out === null) return fallBack(onnx, kernel.name, inputs, attrs)
        return kernel.list ? [...out] : out[0]!
      },
    })
  }
  const mapped = new Set(kernels.map((k) => k.name))
  for (const [kernelName, run] of Object.entries(hostKernels)) {
    mapped.add(kernelName)
    tf.registerKernel({
      kernelName,
      backendName: onnxBackendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const onnx = backend as OnnxBackend
        return (
          run(onnx, inputs, attrs as Record<string, unknown>) ??
          fallBack(onnx, kernelName, inputs, attrs)
        )
      },
    })
  }
  for (const kernelName of cpuKernels.keys()) {
    if (mapped.has(kernelName)) continue
    tf.registerKernel({
      kernelName,
      backendName: onnxBackendName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        fallBack(backend as OnnxBackend, kernelName, inputs, attrs),
    })
  }
}

const operandsOf = (kernel: Kernel, inputs: tf.NamedTensorInfoMap): (tf.TensorInfo | null)[] =>
  kernel.inputs[0] === '...'
    ? (Object.values(inputs) as tf.TensorInfo[])
    : kernel.inputs.map((name) => inputs[name.endsWith('?') ? name.slice(0, -1) : name] ?? null)

/** Runs one addition, so that a provider without its device is found out here and not in the middle of a run. */
const probe = (onnx: OnnxBackend): void => {
  const one = onnx.makeTensorInfo([2], 'float32', Float32Array.of(1, 2))
  const add = kernels.find((k) => k.name === 'Add')!
  try {
    const [sum] = onnx.recordKernel(add, [one, one], {})!
    const values = onnx.readSync(sum!.dataId) as Float32Array
    if (values[1] !== 4)
      throw new RetableError('unavailable', `ONNX Runtime computed 2 + 2 = ${values[1]}`)
  } finally {
    onnx.dispose()
  }
}

/** The kernels of the backend by where they run; tfjs kernels in none of the lists do not exist on it. */
export interface OnnxKernels {
  /** written as ONNX nodes */
  readonly graph: readonly string[]
  /** done by renaming a value or making a constant: no node */
  readonly host: readonly string[]
  /** left to the cpu backend */
  readonly cpu: readonly string[]
}

/** Where each kernel runs, by name. Complete after {@link registerOnnxBackend}. */
export const onnxKernels = (): OnnxKernels => {
  const graph = kernels.map((k) => k.name).sort()
  const host = Object.keys(hostKernels).sort()
  const ours = new Set([...graph, ...host])
  const cpu = tf
    .getKernelsForBackend(onnxBackendName)
    .map((k) => k.kernelName)
    .filter((name) => !ours.has(name))
    .sort()
  return { graph, host, cpu }
}

/**
 * How often each kernel was left to the cpu backend since the backend was made, most often first.
 * Empty if 'onnx' is not the current backend.
 */
export const onnxFallbacks = (): readonly { readonly kernel: string; readonly count: number }[] => {
  const backend = tf.findBackend(onnxBackendName) as OnnxBackend | null
  if (backend === null) return []
  return [...backend.fallbacks]
    .map(([kernel, count]) => ({ kernel, count }))
    .sort((a, b) => b.count - a.count)
}
