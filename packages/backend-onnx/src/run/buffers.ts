import { bytesPerElement, hostArray, type GraphDtype } from '../graph/types.js'
import type { Block, Storage } from '../graph/value.js'

/** Smaller arrays are left to the garbage collector. */
const smallest = 4096
/** Arrays that so many runs did not need are let go. */
const idleRuns = 16

interface Pooled {
  readonly item: Storage | Block
  readonly since: number
}

/**
 * Keeps the arrays of values that are gone for values to come: a training step asks for the same sizes every time,
 * and fresh memory costs a page fault for each 4 KiB.
 */
export class BufferPool {
  readonly #free = new Map<string, Pooled[]>()
  #runs = 0
  #bytes = 0

  /** An array of any content. */
  take(dtype: GraphDtype, size: number): Storage {
    const pooled = this.#pop(`${dtype}${size}`) as Storage | undefined
    return pooled ?? { data: hostArray(dtype, size), block: null, escaped: false, tensor: null }
  }

  /** Arrays of float32 side by side, of any content. */
  takeBlock(sizes: readonly number[]): Block {
    const pooled = this.#pop(sizes.join()) as Block | undefined
    if (pooled !== undefined) {
      pooled.live = sizes.length
      return pooled
    }
    const data = hostArray(
      'float32',
      sizes.reduce((total, size) => total + size, 0),
    ) as Float32Array
    const parts: Storage[] = []
    const block: Block = { data, parts, live: sizes.length }
    let from = 0
    for (const size of sizes) {
      parts.push({ data: data.subarray(from, from + size), block, escaped: false, tensor: null })
      from += size
    }
    return block
  }

  /** Takes an array back that nothing uses any more. */
  give(dtype: GraphDtype, storage: Storage): void {
    const { data, block } = storage
    if (block !== null) {
      if (--block.live === 0) this.#push(block.parts.map((p) => p.data.length).join(), block)
      return
    }
    if (storage.escaped || data.length * bytesPerElement(dtype) < smallest) return
    this.#push(`${dtype}${data.length}`, storage)
  }

  /** Counts a run, and lets go of what has not been needed for long. */
  tick(): void {
    this.#runs++
    for (const [key, list] of this.#free) {
      const kept = list.filter((p) => this.#runs - p.since <= idleRuns)
      if (kept.length === list.length) continue
      for (const p of list) {
        if (this.#runs - p.since > idleRuns) this.#bytes -= p.item.data.byteLength
      }
      if (kept.length === 0) this.#free.delete(key)
      else this.#free.set(key, kept)
    }
  }

  /** Bytes held ready. */
  get bytes(): number {
    return this.#bytes
  }

  clear(): void {
    this.#free.clear()
    this.#bytes = 0
  }

  #pop(key: string): Storage | Block | undefined {
    const pooled = this.#free.get(key)?.pop()
    if (pooled !== undefined) this.#bytes -= pooled.item.data.byteLength
    return pooled?.item
  }

  #push(key: string, item: Storage | Block): void {
    const list = this.#free.get(key) ?? []
    list.push({ item, since: this.#runs })
    this.#free.set(key, list)
    this.#bytes += item.data.byteLength
  }
}
