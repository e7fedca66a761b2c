import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { createRandom } from '@retable/core'
import type { OnnxBackend } from '../backend.js'
import type { OnnxBackendOptions } from '../options.js'
import { onnxBackendName, registerOnnxBackend } from '../register.js'

/** Makes a fresh 'onnx' the current backend. */
export const useOnnx = async (options: OnnxBackendOptions = {}): Promise<OnnxBackend> => {
  await registerOnnxBackend({ threads: 2, ...options })
  await tf.setBackend(onnxBackendName)
  return tf.backend() as OnnxBackend
}

/** A float tensor of seeded numbers in [-1, 1). */
export const noise = (name: string, ...shape: number[]): tf.Tensor => {
  const values = new Float32Array(tf.util.sizeFromShape(shape))
  createRandom(7).stream(name).fillUniform(values)
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * 2 - 1
  return tf.tensor(values, shape)
}

/** What a function returns on the cpu backend and on onnx. */
export const onBoth = async (
  make: () => Record<string, tf.Tensor>,
): Promise<Record<string, { cpu: Float32Array; onnx: Float32Array; shape: number[] }>> => {
  const run = async (
    backend: string,
  ): Promise<Record<string, { data: Float32Array; shape: number[] }>> => {
    await tf.setBackend(backend)
    const tensors = tf.tidy(make)
    const found: Record<string, { data: Float32Array; shape: number[] }> = {}
    for (const [name, tensor] of Object.entries(tensors)) {
      found[name] = { data: (await tensor.data()).slice() as Float32Array, shape: tensor.shape }
      tensor.dispose()
    }
    return found
  }
  const cpu = await run('cpu')
  const onnx = await run(onnxBackendName)
  return Object.fromEntries(
    Object.keys(cpu).map((name) => [
      name,
      { cpu: cpu[name]!.data, onnx: onnx[name]!.data, shape: onnx[name]!.shape },
    ]),
  )
}

/** The largest difference, relative to the largest number of the two. */
export const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Infinity
  let most = 0
  let far = 0
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]!) !== Number.isNaN(b[i]!)) return NaN
    most = Math.max(most, Math.abs(a[i]!), Math.abs(b[i]!))
    far = Math.max(far, Math.abs(a[i]! - b[i]!))
  }
  return most === 0 ? far : far / most
}
