import { bytesPerElement, hostArray, type GraphDtype } from '../graph/types.js'
import type { Storage } from '../graph/value.js'

/** Smaller arrays are left to the garbage collector. */
const smallest = 4096
/** Arrays that so many runs did not want are let go. */
const idleRuns = 16

interface Pooled {
  readonly storage: Storage
  readonly since: number
}

/**
 * Keeps the arrays of values that are gone for values to come: a training step asks for the same sizes every time,
 * and fresh memory costs a page fault each 4 KiB.
 */
export class BufferPool {
  readonly #free = new Map<string, Pooled[]>()
  #runs = 0
  #bytes = 0

  /** An array of any content. */
  take(dtype: GraphDtype, size: number): Storage {
    const list = this.#free.get(`${dtype}${size}`)
    const pooled = list?.pop()
    if (pooled !== undefined) {
      this.#bytes -= pooled.storage.data.byteLength
      return pooled.storage
    }
    return { data: hostArray(dtype, size), escaped: false, tensor: null }
  }

  /** Takes an array back that nothing uses any more. */
  give(dtype: GraphDtype, storage: Storage): void {
    const { data } = storage
    if (storage.escaped || data.length * bytesPerElement(dtype) < smallest) return
    const key = `${dtype}${data.length}`
    const list = this.#free.get(key) ?? []
    list.push({ storage, since: this.#runs })
    this.#free.set(key, list)
    this.#bytes += data.byteLength
  }

  /** Counts a run, and lets go of what has not been wanted for long. */
  tick(): void {
    this.#runs++
    for (const [key, list] of this.#free) {
      const kept = list.filter((p) => this.#runs - p.since <= idleRuns)
      if (kept.length === list.length) continue
      for (const p of list) {
        if (this.#runs - p.since > idleRuns) this.#bytes -= p.storage.data.byteLength
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
}
