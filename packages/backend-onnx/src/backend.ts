import {
  backend_util,
  buffer,
  kernel_impls,
  KernelBackend,
  util,
  type BackendTimingInfo,
  type DataId,
  type DataType,
  type Rank,
  type ShapeMap,
  type Tensor,
  type Tensor2D,
  type TensorBuffer,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { RetableError, type ConstantsBackend, type TensorTree } from '@retable/core'
import type { Template, TemplateRecorder } from './capture/template.js'
import { Recorder, usesConstant } from './graph/recorder.js'
import { SignatureTable } from './graph/signature.js'
import { bytesPerElement, isGraphDtype, type HostArray } from './graph/types.js'
import { storedValue, type Value } from './graph/value.js'
import type { Kernel } from './kernels/kernel.js'
import type { ResolvedOptions } from './options.js'
import { Runtime } from './run/runtime.js'
import type { NativeRuntime } from './run/native.js'
import { leaves } from './tensor-tree.js'
import { Tensors } from './tensors.js'

/** Each graph has a copy of its constants, and a cache holds many graphs. */
const mostConstantBytes = 1 << 24

/**
 * The tfjs backend: kernels are recorded and return at once; reading a tensor runs what has been recorded.
 *
 * Host arrays are copied when they are handed in: a caller may fill its array again before the graph has run.
 */
export class OnnxBackend extends KernelBackend implements ConstantsBackend {
  readonly recorder: Recorder = new Recorder()
  readonly signatures: SignatureTable = new SignatureTable()
  readonly runtime: Runtime
  readonly tensors: Tensors
  /** the stand-ins of the function being exported, whose numbers must not be read, by name; else null */
  tracing: ReadonlyMap<Value, string> | null = null
  #isTracing = false
  /** what takes down the kernel calls of the function that is being captured; else null */
  recording: TemplateRecorder | null = null
  /** how often each kernel was left to the cpu backend */
  readonly fallbacks: Map<string, number> = new Map()
  #constants = 0

  constructor(
    native: NativeRuntime,
    readonly options: ResolvedOptions,
  ) {
    super()
    this.runtime = new Runtime(native, options)
    this.tensors = new Tensors(this, this.recorder, this.runtime.buffers)
  }

  /**
   * Records a kernel. Returns null if this call of it has no mapping, so that the caller can fall back.
   * Throws what tfjs-core's shape functions throw.
   */
  recordKernel(
    kernel: Kernel,
    tensors: readonly (TensorInfo | null)[],
    attrs: unknown,
  ): readonly TensorInfo[] | null {
    for (const tensor of tensors) if (tensor !== null && !isGraphDtype(tensor.dtype)) return null
    const signature = this.signatures.intern(kernel, tensors, attrs)
    if (signature.outputs === null) return null
    const inputs = tensors.map((t) => (t === null ? null : this.tensors.graphValue(t.dataId)))
    kernel.check?.(
      inputs.map((v) => v?.storage?.data ?? null),
      signature.inputs,
      signature.attrs,
    )
    const outputs = this.recorder.record(signature, inputs)
    this.recording?.call(signature, inputs, outputs)
    const infos = outputs.map((value, i) => this.tensors.adopt(value, signature.outputs![i]!.shape))
    this.cutIfLong()
    return infos
  }

  /** Records a captured function's kernel calls for other inputs. Returns all its values, in the template's order. */
  replay({ calls, constants }: Template, inputs: readonly Value[]): readonly Value[] {
    const values = [...inputs, ...constants]
    for (const { signature, operands } of calls) {
      const given = operands.map((place) => (place === null ? null : values[place]!))
      signature.kernel.check?.(
        given.map((v) => v?.storage?.data ?? null),
        signature.inputs,
        signature.attrs,
      )
      const outputs = this.recorder.record(signature, given)
      this.recording?.call(signature, given, outputs)
      values.push(...outputs)
    }
    return values
  }

  /** Runs what is recorded if it starts over or has become long. */
  cutIfLong(): void {
    if (this.#isTracing) return
    const { recorder, options } = this
    if (recorder.restart > 0) this.runtime.run(recorder, recorder.restart)
    else if (recorder.length >= options.maxKernels) this.runtime.run(recorder)
  }

  /** Records what `f` does in a graph of its own, which does not run. */
  trace<T>(f: () => T): T {
    if (this.recorder.length > 0) this.runtime.run(this.recorder)
    this.#isTracing = true
    try {
      return f()
    } finally {
      this.#isTracing = false
      const gone = new RetableError(
        'invalid-argument',
        'this tensor was made inside a traced function, whose graph was exported and not run',
      )
      for (const node of this.recorder.nodes) for (const value of node.outputs) value.error = gone
      this.recorder.advance(this.recorder.length)
    }
  }

  /** A value of its own with a tensor's numbers. */
  standIn(tensor: TensorInfo): { readonly data: TensorInfo; readonly value: Value } {
    const held = this.tensors.graphValue(tensor.dataId)
    // Two values share the array now, so neither may give it away.
    const value = storedValue(held.dtype, this.fetch(held))
    value.storage!.escaped = true
    value.refs = 0
    return { data: this.tensors.adopt(value, tensor.shape), value }
  }

  makeTensorInfo(
    shape: readonly number[],
    dtype: DataType,
    values: backend_util.BackendValues,
  ): TensorInfo {
    return this.tensors.make(values, shape, dtype)
  }

  disposeIntermediateTensorInfo(tensor: TensorInfo): void {
    this.disposeData(tensor.dataId)
  }

  override write(
    values: backend_util.BackendValues | null,
    shape: number[],
    dtype: DataType,
  ): DataId {
    // A replay makes no new arrays. Those of one number are its constants, and compared between two recordings.
    if (this.recording !== null && !isUniform(values)) {
      this.recording.spoil('it makes a tensor from an array of several numbers')
    }
    return this.tensors.make(values, shape, dtype).dataId
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.tensors.put(dataId, values, shape, dtype, refCount)
  }

  override refCount(dataId: DataId): number {
    return this.tensors.has(dataId) ? this.tensors.get(dataId).refCount : 0
  }

  override incRef(dataId: DataId): void {
    this.tensors.incRef(dataId)
  }

  decRef(dataId: DataId): void {
    this.tensors.decRef(dataId)
  }

  override disposeData(dataId: DataId, force = false): boolean {
    return this.tensors.dispose(dataId, force)
  }

  override readSync(dataId: DataId): backend_util.BackendValues {
    const { value, strings, complex } = this.tensors.get(dataId)
    if (value !== null) return this.fetch(value)
    if (complex === null) return strings!
    return backend_util.mergeRealAndImagArrays(
      this.readSync(complex.real.dataId) as Float32Array,
      this.readSync(complex.imag.dataId) as Float32Array,
    )
  }

  /**
   * The event loop turns once before the run, so that timers and signals get their turn in a loop that does nothing
   * but train, and what the caller disposes of meanwhile need not leave the session.
   */
  override async read(dataId: DataId): Promise<backend_util.BackendValues> {
    const { value, complex } = this.tensors.get(dataId)
    if (complex !== null) {
      return backend_util.mergeRealAndImagArrays(
        (await this.read(complex.real.dataId)) as Float32Array,
        (await this.read(complex.imag.dataId)) as Float32Array,
      )
    }
    if (value === null) return this.readSync(dataId)
    value.refs++
    try {
      await new Promise((resolve) => setImmediate(resolve))
      return this.fetch(value)
    } finally {
      this.tensors.release(value)
    }
  }

  /**
   * Writes the numbers of tensors into the graphs that use them, as constants, until the function that is returned is
   * called. ONNX Runtime prepares such filters and matrices once for each graph, which has a copy of them; so tensors of
   * more than 16 MiB together are fed as usual.
   */
  holdConstants(tensors: TensorTree): () => void {
    const values = leaves(tensors, 'constant')
      .map(([, { dataId }]) => this.tensors.get(dataId).value)
      .filter((value) => value !== null)
    const bytes = values.reduce((sum, { dtype, size }) => sum + size * bytesPerElement(dtype), 0)
    if (bytes > mostConstantBytes) return () => {}
    const held = [...new Set(values)].filter(({ constant }) => constant === 0)
    for (const value of held) {
      this.peek(value)
      value.refs++
      value.constant = ++this.#constants
    }
    return () => {
      // What has been recorded with them runs with them.
      if (this.recorder.length > 0) this.runtime.run(this.recorder)
      const gone = new Set(held.map(({ constant }) => constant))
      this.runtime.sessions.forget((key) => usesConstant(key, gone))
      for (const value of held.splice(0)) {
        value.constant = 0
        this.tensors.release(value)
      }
    }
  }

  /** The numbers of a value for a caller who may keep them, running the lazy graph if they are not there yet. */
  fetch(value: Value): HostArray {
    const data = this.peek(value)
    // A part of a block is written to again with its neighbors.
    if (value.storage!.block !== null) return data.slice()
    value.storage!.escaped = true
    return data
  }

  /**
   * Calls `look` with a tensor's numbers, which it must not keep. Unlike `read`, which hands them out for good, this
   * leaves their memory to the backend. False if they are not one typed array.
   */
  lend(dataId: DataId, look: (values: HostArray) => void): boolean {
    const value = this.tensors.has(dataId) ? this.tensors.get(dataId).value : null
    if (value === null) return false
    look(this.peek(value))
    return true
  }

  /** The numbers of a value, to be looked at before anything else happens. */
  peek(value: Value): HostArray {
    this.recording?.spoil('it reads a tensor, or uses a kernel that is left to the cpu backend')
    if (this.tracing !== null && (value.storage === null || this.tracing.has(value))) {
      throw new RetableError(
        'invalid-argument',
        `a traced function cannot read tensors that depend on its inputs${
          this.tracing.has(value) ? ` (here '${this.tracing.get(value)}')` : ''
        }, nor use kernels that are left to the cpu backend`,
      )
    }
    if (value.storage === null && value.error === null) this.runtime.run(this.recorder)
    if (value.error !== null) throw value.error
    return value.storage!.data
  }

  bufferSync<R extends Rank, D extends DataType>(t: TensorInfo): TensorBuffer<R, D> {
    const data = this.readSync(t.dataId)
    const values =
      t.dtype === 'string' ? (data as Uint8Array[]).map((d) => util.decodeString(d)) : data
    return buffer(t.shape as ShapeMap[R], t.dtype as D, values as never)
  }

  where(condition: Tensor): Tensor2D {
    return kernel_impls.whereImpl(
      condition.shape,
      this.readSync(condition.dataId) as backend_util.TypedArray,
    )
  }

  override numDataIds(): number {
    return this.tensors.count
  }

  override memory(): { unreliable: boolean; bytesInPool: number; sessions: number } {
    return {
      unreliable: false,
      bytesInPool: this.runtime.buffers.bytes,
      sessions: this.runtime.sessions.size,
    }
  }

  override async time(f: () => void): Promise<BackendTimingInfo> {
    const start = util.now()
    f()
    if (this.recorder.length > 0) this.runtime.run(this.recorder)
    return { kernelMs: util.now() - start }
  }

  override floatPrecision(): 16 | 32 {
    return 32
  }

  override dispose(): void {
    this.runtime.dispose()
  }
}

/** Whether an array holds one number, such as those of `tf.scalar` and `tf.ones`. */
const isUniform = (values: backend_util.BackendValues | null): boolean =>
  values === null || values.every((value: unknown) => Object.is(value, values[0]))
