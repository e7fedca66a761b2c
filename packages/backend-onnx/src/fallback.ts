import type { DataId, KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { OnnxBackend } from './backend.js'
import { isGraphDtype } from './graph/types.js'

/** What is used of tfjs's cpu backend: its kernels reach into `data` for values. */
interface CpuBackend {
  readonly data: {
    get(dataId: DataId): {
      readonly values?: unknown
      readonly complexTensorInfos?: { readonly real: TensorInfo; readonly imag: TensorInfo }
    }
  }
  makeTensorInfo(shape: readonly number[], dtype: string, values?: unknown): TensorInfo
  incRef(dataId: DataId): void
  disposeData(dataId: DataId, force?: boolean): boolean
}

/** Runs kernels of tfjs's cpu backend on values read from an {@link OnnxBackend}. */
export class CpuFallback {
  constructor(
    readonly cpu: CpuBackend,
    readonly kernels: ReadonlyMap<string, KernelConfig>,
  ) {}

  /** Runs a kernel and brings its outputs back. */
  run(
    onnx: OnnxBackend,
    name: string,
    inputs: NamedTensorInfoMap | readonly TensorInfo[],
    attrs: Readonly<Record<string, unknown>>,
  ): TensorInfo | TensorInfo[] {
    const config = this.kernels.get(name)
    if (config === undefined) {
      throw new RetableError(
        'unavailable',
        `the kernel '${name}' has neither an ONNX mapping nor a cpu kernel; to add it, write a kernel() entry in ` +
          `packages/backend-onnx/src/kernels and list it in kernels/index.ts`,
      )
    }
    onnx.fallbacks.set(name, (onnx.fallbacks.get(name) ?? 0) + 1)
    const lent: TensorInfo[] = []
    const lend = (tensor: TensorInfo): TensorInfo => {
      const info = this.#lend(onnx, tensor)
      lent.push(info)
      // Some cpu kernels take for granted that their inputs are tensors, which know their rank.
      return { ...info, rank: info.shape.length } as TensorInfo
    }
    // Some kernels take a list, some a list under a name.
    const lendAll = (given: unknown): unknown =>
      Array.isArray(given) ? given.map((t) => lend(t as TensorInfo)) : lend(given as TensorInfo)
    const cpuInputs = Array.isArray(inputs)
      ? lendAll(inputs)
      : Object.fromEntries(
          Object.entries(inputs)
            .filter(([, given]) => given !== null && given !== undefined)
            .map(([key, given]) => [key, lendAll(given)]),
        )
    try {
      const out = config.kernelFunc({
        inputs: cpuInputs as NamedTensorInfoMap,
        attrs: attrs as never,
        backend: this.cpu,
      })
      return Array.isArray(out) ? out.map((o) => this.#bring(onnx, o)) : this.#bring(onnx, out)
    } finally {
      for (const info of lent) this.cpu.disposeData(info.dataId, true)
    }
  }

  #lend(onnx: OnnxBackend, { dataId, shape, dtype }: TensorInfo): TensorInfo {
    if (dtype === 'string') return this.cpu.makeTensorInfo(shape, dtype, onnx.readSync(dataId))
    const values = (id: DataId): unknown => onnx.peek(onnx.tensors.graphValue(id))
    if (dtype !== 'complex64') return this.cpu.makeTensorInfo(shape, dtype, values(dataId))
    const parts = onnx.tensors.complexParts(dataId)
    const real = this.cpu.makeTensorInfo(shape, 'float32', values(parts.real.dataId))
    const imag = this.cpu.makeTensorInfo(shape, 'float32', values(parts.imag.dataId))
    const info = this.cpu.makeTensorInfo(shape, 'complex64')
    ;(this.cpu.data.get(info.dataId) as { complexTensorInfos?: unknown }).complexTensorInfos = {
      real,
      imag,
    }
    return info
  }

  #bring(onnx: OnnxBackend, info: TensorInfo): TensorInfo {
    const { shape, dtype } = info
    const { values, complexTensorInfos } = this.cpu.data.get(info.dataId)
    try {
      if (dtype === 'complex64' && complexTensorInfos !== undefined) {
        const part = (p: TensorInfo): TensorInfo =>
          onnx.makeTensorInfo(shape, 'float32', this.cpu.data.get(p.dataId).values as Float32Array)
        const real = part(complexTensorInfos.real)
        const imag = part(complexTensorInfos.imag)
        const made = onnx.tensors.makeComplex(real, imag)
        onnx.disposeData(real.dataId)
        onnx.disposeData(imag.dataId)
        return made
      }
      if (!isGraphDtype(dtype) && dtype !== 'string') {
        throw new RetableError('invalid-argument', `a kernel returned the unknown dtype '${dtype}'`)
      }
      return onnx.makeTensorInfo(shape, dtype, values as Float32Array)
    } finally {
      this.cpu.disposeData(info.dataId)
    }
  }
}
