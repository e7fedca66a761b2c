import { requireFrom } from '@retable/core/node'
import type { Tensor as OrtTensor } from 'onnxruntime-node'
import { RetableError } from '@retable/core'
import { disableTelemetry } from './telemetry.js'

/** ONNX Runtime's own session, whose `run` returns when it is done. */
export interface NativeSession {
  loadModel(
    bytes: ArrayBufferLike,
    byteOffset: number,
    byteLength: number,
    options: Readonly<Record<string, unknown>>,
  ): void
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches: Readonly<Record<string, OrtTensor | null>>,
    options: Readonly<Record<string, unknown>>,
  ): Record<string, OrtTensor>
  dispose(): void
  endProfiling(): void
}

/** What is used of `onnxruntime-node`. */
export interface NativeRuntime {
  readonly Tensor: typeof OrtTensor
  createSession(): NativeSession
  listProviders(): readonly string[]
}

interface Binding {
  InferenceSession?: { new (): NativeSession; readonly prototype: Partial<NativeSession> }
  listSupportedBackends?: () => readonly { readonly name: string; readonly bundled: boolean }[]
}

/**
 * Opens ONNX Runtime for synchronous use.
 *
 * The package's public `run` wraps the native call, which is synchronous, in a promise; `dataSync()` needs it
 * without. So this takes the native binding that `onnxruntime-node` itself loads, and checks that it is what it was.
 *
 * @throws RetableError 'unavailable' if the package or its native library does not load, or has changed; in a worker
 * thread, if the process does not say what is to happen to telemetry
 */
export const openNative = (): NativeRuntime => {
  disableTelemetry()
  const require = requireFrom(import.meta.url)
  let ort: { Tensor: typeof OrtTensor; env: { logLevel?: string } }
  let inner: { binding?: Binding; initOrt?: () => void }
  try {
    ort = require('onnxruntime-node') as typeof ort
    inner = require('onnxruntime-node/dist/binding.js') as typeof inner
  } catch (cause) {
    throw new RetableError(
      'unavailable',
      `onnxruntime-node did not load on ${process.platform}/${process.arch}: ${(cause as Error).message}`,
      { cause },
    )
  }
  const Session = inner.binding?.InferenceSession
  if (
    Session === undefined ||
    inner.initOrt === undefined ||
    typeof Session.prototype.run !== 'function' ||
    typeof Session.prototype.loadModel !== 'function'
  ) {
    throw new RetableError(
      'unavailable',
      'this version of onnxruntime-node has no synchronous session; @retable/backend-onnx is made for 1.30',
    )
  }
  // What fails is thrown, with a sentence: ONNX Runtime need not write it to standard error as well. Its level
  // is read once; one that the user has chosen stays.
  const { logLevel = 'warning' } = ort.env
  if (logLevel === 'warning') ort.env.logLevel = 'fatal'
  inner.initOrt()
  ort.env.logLevel = logLevel
  return {
    Tensor: ort.Tensor,
    createSession: () => new Session(),
    listProviders: () => inner.binding?.listSupportedBackends?.().map((b) => b.name) ?? ['cpu'],
  }
}
