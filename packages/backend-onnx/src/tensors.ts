import {
  backend_util,
  DataStorage,
  engine,
  util,
  type DataId,
  type DataType,
  type KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { Recorder } from './graph/recorder.js'
import { isGraphDtype, type GraphDtype, type HostArray } from './graph/types.js'
import { storedValue, type Value } from './graph/value.js'
import type { BufferPool } from './run/buffers.js'

/** What a data id holds: a value of a graph; or strings, or the two halves of a complex tensor, which stay outside. */
interface Bucket {
  readonly dtype: DataType
  refCount: number
  readonly value: Value | null
  readonly strings: Uint8Array[] | null
  readonly complex: { readonly real: TensorInfo; readonly imag: TensorInfo } | null
}

/** The data ids of a backend: what each holds, how often it is held, and what becomes of its memory. */
export class Tensors {
  readonly #buckets: DataStorage<Bucket>
  readonly #recorder: Recorder
  readonly #buffers: BufferPool

  constructor(backend: KernelBackend, recorder: Recorder, buffers: BufferPool) {
    this.#buckets = new DataStorage<Bucket>(backend, engine())
    this.#recorder = recorder
    this.#buffers = buffers
  }

  get count(): number {
    return this.#buckets.numDataIds()
  }

  has(dataId: DataId): boolean {
    return this.#buckets.has(dataId)
  }

  get(dataId: DataId): Readonly<Bucket> {
    return this.#buckets.get(dataId)
  }

  /** The value that a data id stands for. */
  graphValue(dataId: DataId): Value {
    const { value, dtype } = this.get(dataId)
    if (value !== null) return value
    throw new RetableError('invalid-argument', `a ${dtype} tensor cannot be part of an ONNX graph`)
  }

  /** The halves of a complex tensor. */
  complexParts(dataId: DataId): { readonly real: TensorInfo; readonly imag: TensorInfo } {
    return this.get(dataId).complex!
  }

  /** Sets what a data id holds: a copy of `values`, or zeros. */
  put(
    dataId: DataId,
    values: backend_util.BackendValues | null,
    shape: readonly number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const none = { dtype, refCount, value: null, strings: null, complex: null }
    if (isGraphDtype(dtype)) {
      const size = util.sizeFromShape(shape as number[])
      const value = storedValue(dtype, this.#copy(dtype, size, values as HostArray | null))
      this.#buckets.set(dataId, { ...none, value })
    } else if (dtype === 'complex64' && values !== null) {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array)
      const complex = {
        real: this.make(real, shape, 'float32'),
        imag: this.make(imag, shape, 'float32'),
      }
      this.#buckets.set(dataId, { ...none, complex })
    } else {
      this.#buckets.set(dataId, { ...none, strings: values as Uint8Array[] | null })
    }
  }

  /** A new tensor with a copy of `values`, or of zeros. */
  make(
    values: backend_util.BackendValues | null,
    shape: readonly number[],
    dtype: DataType,
  ): TensorInfo {
    const dataId = {}
    this.put(dataId, values, shape, dtype, 1)
    return { dataId, shape: shape as number[], dtype }
  }

  /** A new tensor of a value. */
  adopt(value: Value, shape: readonly number[]): TensorInfo {
    const { dtype } = value
    const dataId = {}
    value.refs++
    this.#buckets.set(dataId, { dtype, refCount: 1, value, strings: null, complex: null })
    return { dataId, shape: shape as number[], dtype }
  }

  /** A tensor of the same data id under a shape of the same size: what Reshape and Identity do. */
  alias(tensor: TensorInfo, shape: readonly number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId)
    return { dataId: tensor.dataId, shape: shape as number[], dtype: tensor.dtype }
  }

  /** A new data id for a value that another one holds already. */
  share(tensor: TensorInfo): TensorInfo {
    return this.adopt(this.graphValue(tensor.dataId), tensor.shape)
  }

  /** A complex tensor of two float tensors, which stay what they are. */
  makeComplex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    const dataId = {}
    this.#buckets.set(dataId, {
      dtype: 'complex64',
      refCount: 1,
      value: null,
      strings: null,
      complex: { real: this.share(real), imag: this.share(imag) },
    })
    return { dataId, shape: real.shape, dtype: 'complex64' }
  }

  incRef(dataId: DataId): void {
    this.#buckets.get(dataId).refCount++
  }

  decRef(dataId: DataId): void {
    if (this.has(dataId)) this.#buckets.get(dataId).refCount--
  }

  /** Gives one hold of a data id up, or with `force` all; says whether it is gone. */
  dispose(dataId: DataId, force: boolean): boolean {
    if (!this.has(dataId)) return true
    const bucket = this.#buckets.get(dataId)
    bucket.refCount--
    if (!force && bucket.refCount > 0) return false
    if (bucket.complex !== null) {
      this.dispose(bucket.complex.real.dataId, true)
      this.dispose(bucket.complex.imag.dataId, true)
    }
    if (bucket.value !== null) this.release(bucket.value)
    this.#buckets.delete(dataId)
    return true
  }

  /** Gives one hold of a value up; with the last its memory goes back, unless the lazy graph still reads it. */
  release(value: Value): void {
    if (--value.refs > 0 || value.storage === null || value.epoch === this.#recorder.epoch) return
    this.#buffers.give(value.dtype, value.storage)
    value.storage = null
  }

  #copy(dtype: GraphDtype, size: number, values: ArrayLike<number> | null): HostArray {
    const { data } = this.#buffers.take(dtype, size)
    if (values === null) data.fill(0)
    else data.set(values)
    return data
  }
}
