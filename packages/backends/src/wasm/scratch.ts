import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { util } from '@tensorflow/tfjs-core'
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core'
import { copyRuns, placeOf } from './copy-runs.js'
import { ownKernel } from './own-kernels.js'
import { copySlice } from './slice.js'

/**
 * The intermediate tensors of one kernel that is built from others: whatever is run here is freed when it closes,
 * except the result.
 */
export class Scratch {
  readonly #backend: BackendWasm
  readonly #owned: TensorInfo[] = []
  readonly #views: TensorInfo[] = []

  constructor(backend: BackendWasm) {
    this.#backend = backend
  }

  /** Runs one of the wasm package's own kernels. */
  run(kernelName: string, inputs: NamedTensorInfoMap, attrs: object = {}): TensorInfo {
    const kernel = ownKernel(kernelName)
    const out = kernel({
      inputs,
      attrs: attrs as NamedAttrMap,
      backend: this.#backend,
    }) as TensorInfo
    this.#owned.push(out)
    return out
  }

  /** The part of `x` that begins at `begin` and has the shape `size`. */
  slice(x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
    const out = copySlice(this.#backend, x, begin, size)
    this.#owned.push(out)
    return out
  }

  /** As {@link slice}, but the tensor itself if all of it is taken. */
  crop(x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
    return size.every((n, i) => n === x.shape[i]) ? x : this.slice(x, begin, size)
  }

  /** Every `stride`-th element's run of `run` elements, one after the other, in a tensor of the shape `shape`. */
  gather(
    x: TensorInfo,
    { run, stride }: { readonly run: number; readonly stride: number },
    shape: readonly number[],
  ): TensorInfo {
    const out = this.empty(shape)
    const { heap, start } = placeOf(this.#backend, x)
    const target = placeOf(this.#backend, out).start
    const count = util.sizeFromShape([...shape]) / run
    copyRuns(heap, run, count, { start, stride }, { start: target, stride: run })
    return out
  }

  /** x · factor + summand; frees x. */
  axpb(x: TensorInfo, factor: number, summand: number): TensorInfo {
    const product = this.run('Multiply', { a: x, b: this.filled([], factor) })
    this.free(x)
    if (summand === 0) return product
    const sum = this.run('Add', { a: product, b: this.filled([], summand) })
    this.free(product)
    return sum
  }

  /** Concatenates along the first axis; one tensor alone stays what it is. */
  stack(parts: readonly TensorInfo[]): TensorInfo {
    return parts.length === 1
      ? parts[0]!
      : this.run('Concat', [...parts] as unknown as NamedTensorInfoMap, { axis: 0 })
  }

  /** An uninitialized float tensor. */
  empty(shape: readonly number[]): TensorInfo {
    const out = this.#backend.makeOutput([...shape], 'float32')
    this.#owned.push(out)
    return out
  }

  /** A float tensor of one value. */
  filled(shape: readonly number[], value: number): TensorInfo {
    const out = this.empty(shape)
    this.floats(out).fill(value)
    return out
  }

  /** The values of a float tensor where they lie; of no use once anything else has been allocated. */
  floats(x: TensorInfo): Float32Array {
    return this.#backend.typedArrayFromHeap(x) as Float32Array
  }

  /** A float tensor that shares its memory with part of another: `shape`'s values from the `offset`-th on. */
  view(x: TensorInfo, offset: number, shape: readonly number[]): TensorInfo {
    const bytes = util.bytesPerElement(x.dtype)
    const start = this.#backend.getMemoryOffset(x.dataId) + offset * bytes
    const view = this.#backend.makeOutput([...shape], x.dtype, start)
    this.#views.push(view)
    return view
  }

  /** Frees one intermediate tensor before the rest. */
  free(x: TensorInfo): void {
    const at = this.#owned.findIndex(({ dataId }) => dataId === x.dataId)
    if (at < 0) return
    this.#owned.splice(at, 1)
    this.#backend.disposeData(x.dataId)
  }

  /** Frees everything but `result`. */
  close(result?: TensorInfo): void {
    const at = this.#owned.findIndex(({ dataId }) => dataId === result?.dataId)
    if (at >= 0) this.#owned.splice(at, 1)
    for (const { dataId } of this.#views) {
      // Not disposeData, which would free the memory that is another's.
      const { id } = this.#backend.dataIdMap.get(dataId)
      this.#backend.wasm.tfjs.disposeData(id)
      this.#backend.dataIdMap.delete(dataId)
    }
    for (const { dataId } of this.#owned) this.#backend.disposeData(dataId)
    this.#views.length = this.#owned.length = 0
  }
}

/** Calls `compute` with a {@link Scratch} and frees all that it made but what it returns. */
export const withScratch = (
  backend: BackendWasm,
  compute: (scratch: Scratch) => TensorInfo,
): TensorInfo => {
  const scratch = new Scratch(backend)
  let result: TensorInfo | undefined
  try {
    result = compute(scratch)
    return result
  } finally {
    scratch.close(result)
  }
}
