import type { Tensor as OrtTensor } from 'onnxruntime-node'
import type { GraphDtype, HostArray } from './types.js'

/** Arrays of several values side by side in memory, so that they can be computed as one. */
export interface Block {
  readonly data: Float32Array
  /** one for each value; `data` of each is a part of the block's */
  readonly parts: readonly Storage[]
  /** how many of the parts are in use */
  live: number
}

/** Numbers in host memory: what enters and leaves a session. */
export interface Storage {
  readonly data: HostArray
  /** the block of which it is a part; else null */
  readonly block: Block | null
  /** handed out by `dataSync()`: never written to again, never pooled */
  escaped: boolean
  /** the runtime's view of `data` and the shape it was made for, kept between runs */
  tensor: OrtTensor | null
}

/**
 * What a tfjs data id stands for: numbers, or a result that a lazy graph will make. Values never change;
 * several data ids may share one.
 */
export interface Value {
  readonly dtype: GraphDtype
  readonly size: number
  /** how many data ids hold it */
  refs: number
  storage: Storage | null
  /** the lazy graph in which `slot` means something */
  epoch: number
  slot: number
  /** why it cannot be had: the run that should have made it failed */
  error: Error | null
  /** a number of its own while its numbers are written into graphs as constants; 0: they are fed */
  constant: number
}

/** A value whose numbers are already there. */
export const storedValue = (dtype: GraphDtype, data: HostArray): Value => ({
  dtype,
  size: data.length,
  refs: 1,
  storage: { data, block: null, escaped: false, tensor: null },
  epoch: -1,
  slot: -1,
  error: null,
  constant: 0,
})
