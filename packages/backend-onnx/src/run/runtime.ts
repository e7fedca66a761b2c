import type { Tensor as OrtTensor } from 'onnxruntime-node'
import { compileGraph, type SlotPort } from '../graph/compile.js'
import { isUncopied, uncopied } from '../graph/model.js'
import { keyOf, type Recorder } from '../graph/recorder.js'
import { compileTail, splitTails, tailPorts, type Tail } from '../graph/tail.js'
import { sameShape } from '../graph/types.js'
import type { Storage, Value } from '../graph/value.js'
import type { ResolvedOptions } from '../options.js'
import { BufferPool } from './buffers.js'
import { explain, SessionCache, type CachedSession } from './sessions.js'
import type { NativeRuntime } from './native.js'

/** Elements of a tail's arrays that run at a time: small enough for the cache. */
const piece = 1 << 18

/** How a graph runs: one session for most of it, then its tails. */
interface Plan {
  readonly feeds: readonly SlotPort[]
  readonly fetches: readonly SlotPort[]
  readonly tails: readonly Tail[]
}

/** What a backend's graphs run on: the sessions, and the arrays that go in and come out. */
export class Runtime {
  readonly sessions: SessionCache
  readonly buffers: BufferPool = new BufferPool()
  runs = 0
  readonly #tailIds = new Map<string, number>()

  constructor(
    readonly native: NativeRuntime,
    readonly options: ResolvedOptions,
  ) {
    this.sessions = new SessionCache(native, options)
  }

  /**
   * Runs the first `count` recorded kernels. What is still held, or needed by the kernels after them, comes out; what
   * nobody holds any more is computed only if something else needs it, and never leaves the session.
   */
  run(recorder: Recorder, count: number = recorder.length): void {
    const { slots } = recorder
    const nodes = recorder.nodes.slice(0, count)
    const later = new Set<Value>()
    for (const node of recorder.nodes.slice(count)) {
      for (const input of node.inputs) if (input !== null) later.add(input)
    }
    const isHeld = (value: Value): boolean => value.refs > 0 || later.has(value)
    const roots: number[] = []
    for (const node of nodes) {
      for (const output of node.outputs) if (isHeld(output)) roots.push(output.slot)
    }
    try {
      if (roots.length > 0) {
        const found = this.sessions.get(keyOf(nodes, roots), () => {
          const { provider } = this.options
          // Elsewhere than on the host, pieces would be carried there and back.
          const {
            head,
            roots: ends,
            tails,
          } = provider === 'cpu'
            ? splitTails(nodes, roots, (slot) => slots[slot]!.feed !== null)
            : { head: nodes, roots, tails: [] }
          const source = { nodes: head, slots, roots: ends, provider, stopsCopies: true }
          const { model, feeds, fetches, work } = compileGraph(source)
          return { model: ends.length > 0 ? model : null, work, about: { feeds, fetches, tails } }
        })
        this.#execute(found, slots, isHeld)
      }
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      for (const slot of roots) slots[slot]!.value.error = error
      throw error
    } finally {
      recorder.advance(count)
      this.#reclaim(slots, recorder)
      this.buffers.tick()
    }
  }

  #execute(
    { session, about }: CachedSession<Plan>,
    slots: Recorder['slots'],
    isHeld: (value: Value) => boolean,
  ): void {
    const { feeds, fetches, tails } = about
    const inputs: Record<string, OrtTensor> = {}
    const outputs: Record<string, OrtTensor> = {}
    for (const { name, slot, dims, type } of feeds) {
      inputs[name] = this.#tensor(type, slots[slot]!.value.storage!, dims)
    }
    const storages: Storage[] = []
    for (const { name, dims, type, slot } of fetches) {
      const storage = this.buffers.take(type, slots[slot]!.value.size)
      storages.push(storage)
      outputs[name] = this.#tensor(type, storage, dims)
    }
    this.runs++
    if (session !== null) this.#run(session, inputs, outputs)
    fetches.forEach(({ slot }, i) => (slots[slot]!.value.storage = storages[i]!))

    // An array may be taken over by the last tail that reads it.
    const readers = new Map<number, number>()
    for (const { arrays } of tails)
      for (const slot of arrays) readers.set(slot, (readers.get(slot) ?? 0) + 1)
    for (const tail of tails) {
      this.#runTail(tail, slots, (slot) => readers.get(slot) === 1 && !isHeld(slots[slot]!.value))
      for (const slot of tail.arrays) readers.set(slot, readers.get(slot)! - 1)
    }
  }

  /** Runs a tail piece by piece; `isFree` tells arrays that nobody will read after it. */
  #runTail(tail: Tail, slots: Recorder['slots'], isFree: (slot: number) => boolean): void {
    const { arrays, scalars, outputs, size } = tail
    let id = this.#tailIds.get(tail.key)
    if (id === undefined) this.#tailIds.set(tail.key, (id = this.#tailIds.size))
    const { session } = this.sessions.get(Int32Array.of(-3, id), () => ({
      model: compileTail(tail, this.options.provider),
      work: size,
      about: null,
    }))
    const given = arrays.map((slot) => slots[slot]!.value.storage!)
    const taken = new Set<number>()
    const made = outputs.map(({ over }): Storage => {
      const k = over.find((k) => !taken.has(k) && !given[k]!.escaped && isFree(arrays[k]!))
      if (k === undefined) return this.buffers.take('float32', size)
      taken.add(k)
      return given[k]!
    })
    const feeds: Record<string, OrtTensor> = {}
    const fetches: Record<string, OrtTensor> = {}
    scalars.forEach((slot, i) => {
      const { data } = slots[slot]!.value.storage!
      feeds[tailPorts.scalar(i)] = new this.native.Tensor('float32', data as Float32Array, [])
    })
    for (let from = 0; from < size; from += piece) {
      const length = Math.min(piece, size - from)
      const part = ({ data }: Storage): OrtTensor =>
        new this.native.Tensor('float32', (data as Float32Array).subarray(from, from + length), [
          length,
        ])
      given.forEach((storage, i) => (feeds[tailPorts.array(i)] = part(storage)))
      made.forEach((storage, i) => (fetches[tailPorts.output(i)] = part(storage)))
      this.#run(session!, feeds, fetches)
    }
    for (const k of taken) slots[arrays[k]!]!.value.storage = null
    outputs.forEach(({ slot }, i) => (slots[slot]!.value.storage = made[i]!))
  }

  #run(
    session: NonNullable<CachedSession['session']>,
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor>,
  ): void {
    try {
      session.run(feeds, { ...fetches, [uncopied]: null }, {})
    } catch (cause) {
      if (!isUncopied(cause)) throw explain(cause, this.options.provider)
    }
  }

  #tensor(type: Value['dtype'], storage: Storage, dims: readonly number[]): OrtTensor {
    const known = storage.tensor
    if (known !== null && sameShape(known.dims, dims)) return known
    const tensor = new this.native.Tensor(type as 'float32', storage.data as Float32Array, dims)
    storage.tensor = tensor
    return tensor
  }

  /** Takes back the arrays of inputs that nobody holds any more. */
  #reclaim(slots: Recorder['slots'], recorder: Recorder): void {
    for (const { value } of slots) {
      if (value.refs === 0 && value.storage !== null && value.epoch !== recorder.epoch) {
        this.buffers.give(value.dtype, value.storage)
        value.storage = null
      }
    }
  }

  dispose(): void {
    this.sessions.clear()
    this.buffers.clear()
  }
}
