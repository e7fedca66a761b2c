import { util } from '@tensorflow/tfjs-core'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'

/** A tensor as memory: wasm's whole memory in elements of its type, and where in it the tensor begins. */
interface Place {
  readonly heap: Uint8Array | Float32Array
  readonly start: number
}

/** Where a number or bool tensor lies; of no use once anything else has been allocated. */
export const placeOf = (backend: BackendWasm, x: TensorInfo): Place => {
  const { buffer, byteOffset } = backend.typedArrayFromHeap(x)
  const bytes = util.bytesPerElement(x.dtype)
  // Whole numbers go as floats: what is copied is bits.
  const heap = bytes === 1 ? new Uint8Array(buffer) : new Float32Array(buffer)
  return { heap, start: byteOffset / bytes }
}

/** Below this many elements a run is copied one by one, which is then faster than a call. */
const shortRun = 8

/** Copies `count` runs of `run` elements each within wasm's memory. */
export const copyRuns = (
  heap: Uint8Array | Float32Array,
  run: number,
  count: number,
  from: { readonly start: number; readonly stride: number },
  to: { readonly start: number; readonly stride: number },
): void => {
  let source = from.start
  let target = to.start
  if (run < shortRun && heap.BYTES_PER_ELEMENT === 1) {
    for (let i = 0; i < count; i++, source += from.stride, target += to.stride) {
      for (let j = 0; j < run; j++) heap[target + j] = heap[source + j]!
    }
    return
  }
  if (run < shortRun) {
    // As whole numbers, since a NaN's bits need not outlast the way through a float.
    const words = new Int32Array(heap.buffer)
    for (let i = 0; i < count; i++, source += from.stride, target += to.stride) {
      for (let j = 0; j < run; j++) words[target + j] = words[source + j]!
    }
    return
  }
  for (let i = 0; i < count; i++, source += from.stride, target += to.stride) {
    heap.copyWithin(target, source, source + run)
  }
}
