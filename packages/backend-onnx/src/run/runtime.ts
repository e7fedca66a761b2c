import type { Tensor as OrtTensor } from 'onnxruntime-node'
import { compileGraph, type SlotPort } from '../graph/compile.js'
import { isUncopied, uncopied } from '../graph/model.js'
import { keyOf, type Recorder } from '../graph/recorder.js'
import { compileEpilogue, epiloguePorts, splitEpilogues, type Epilogue } from '../graph/epilogue.js'
import { sameShape } from '../graph/types.js'
import type { Block, Storage, Value } from '../graph/value.js'
import type { ResolvedOptions } from '../options.js'
import { BufferPool } from './buffers.js'
import { channelBlock } from './channel-block.js'
import { explain, SessionCache, type CachedSession } from './sessions.js'
import type { NativeRuntime } from './native.js'

/** Elements of an epilogue's arrays that run at a time: small enough for the cache. */
const piece = 1 << 18

/** How a graph runs: one session for most of it, then its epilogues. */
interface Plan {
  readonly feeds: readonly SlotPort[]
  readonly fetches: readonly SlotPort[]
  readonly epilogues: readonly Epilogue[]
}

/** One of an epilogue's arrays for all its members, and where each of them keeps its part. */
interface Operand {
  readonly data: Float32Array
  readonly storages: readonly Storage[]
}

/** What a backend's graphs run on: the sessions, and the arrays that go in and come out. */
export class Runtime {
  readonly sessions: SessionCache
  readonly buffers: BufferPool = new BufferPool()
  /** channels in a block of maps; 0: graphs have none */
  readonly block: number
  runs = 0
  readonly #epilogueIds = new Map<string, number>()

  constructor(
    readonly native: NativeRuntime,
    readonly options: ResolvedOptions,
  ) {
    this.sessions = new SessionCache(native, options)
    this.block = options.blocks && options.provider === 'cpu' ? channelBlock(native) : 0
  }

  /**
   * Runs the first `count` recorded kernels. What is still held, or needed by the kernels after them, comes out; what
   * is no longer held is computed only if something else needs it, and never leaves the session.
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
            epilogues,
          } = provider === 'cpu'
            ? splitEpilogues(nodes, roots, (slot) => slots[slot]!.feed !== null)
            : { head: nodes, roots, epilogues: [] }
          const isConstant = (slot: number): boolean => slots[slot]!.value.constant > 0
          // ONNX Runtime uses blocks by itself for constant filters, and between them.
          const block = slots.some(({ value }) => value.constant > 0) ? 0 : this.block
          const { model, feeds, fetches, work } = compileGraph({
            ...{ nodes: head, slots, roots: ends, provider, block, stopsCopies: true, isConstant },
          })
          return {
            model: ends.length > 0 ? model : null,
            work,
            about: { feeds, fetches, epilogues },
          }
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
    const { feeds, fetches, epilogues } = about
    const inputs: Record<string, OrtTensor> = {}
    const outputs: Record<string, OrtTensor> = {}
    for (const { name, slot, dims, type } of feeds) {
      inputs[name] = this.#tensor(type, slots[slot]!.value.storage!, dims)
    }
    const blocks = this.#blocks(epilogues, new Set(fetches.map((f) => f.slot)))
    const storages: Storage[] = []
    for (const { name, dims, type, slot } of fetches) {
      const storage = blocks.get(slot) ?? this.buffers.take(type, slots[slot]!.value.size)
      storages.push(storage)
      outputs[name] = this.#tensor(type, storage, dims)
    }
    this.runs++
    if (session !== null) this.#run(session, inputs, outputs)
    fetches.forEach(({ slot }, i) => (slots[slot]!.value.storage = storages[i]!))

    // An array may be taken over by the last epilogue that reads it.
    const readers = new Map<number, number>()
    const arraysOf = ({ members }: Epilogue): number[] => members.flatMap((m) => m.arrays)
    for (const epilogue of epilogues)
      for (const slot of arraysOf(epilogue)) readers.set(slot, (readers.get(slot) ?? 0) + 1)
    for (const epilogue of epilogues) {
      this.#runEpilogue(
        epilogue,
        slots,
        (slot) => readers.get(slot) === 1 && !isHeld(slots[slot]!.value),
      )
      for (const slot of arraysOf(epilogue)) readers.set(slot, readers.get(slot)! - 1)
    }
  }

  /** Places side by side for what the graph makes and an epilogue then reads as one. */
  #blocks(
    epilogues: readonly Epilogue[],
    fetched: ReadonlySet<number>,
  ): ReadonlyMap<number, Storage> {
    const places = new Map<number, Storage>()
    for (const { members } of epilogues) {
      if (members.length === 1) continue
      for (const k of members[0]!.arrays.keys()) {
        const slots = members.map((m) => m.arrays[k]!)
        if (new Set(slots).size < slots.length) continue
        if (!slots.every((slot) => fetched.has(slot) && !places.has(slot))) continue
        const { parts } = this.buffers.takeBlock(members.map((m) => m.size))
        slots.forEach((slot, i) => places.set(slot, parts[i]!))
      }
    }
    return places
  }

  /** Runs an epilogue piece by piece; `isFree` says which arrays nothing reads after it. */
  #runEpilogue(
    epilogue: Epilogue,
    slots: Recorder['slots'],
    isFree: (slot: number) => boolean,
  ): void {
    const { members, scalars, over, key } = epilogue
    const sizes = members.map((m) => m.size)
    const size = sizes.reduce((total, n) => total + n, 0)
    let id = this.#epilogueIds.get(key)
    if (id === undefined) this.#epilogueIds.set(key, (id = this.#epilogueIds.size))
    const { session } = this.sessions.get(Int32Array.of(-3, id), () => ({
      model: compileEpilogue(epilogue, this.options.provider),
      work: size,
      about: null,
    }))
    const valueOf = (slot: number): Value => slots[slot]!.value
    const copies: Block[] = []
    const given = members[0]!.arrays.map((_, k): Operand => {
      const storages = members.map((m) => valueOf(m.arrays[k]!).storage!)
      if (storages.length === 1) return { data: storages[0]!.data as Float32Array, storages }
      const { block } = storages[0]!
      if (block !== null && storages.every((s, i) => s === block.parts[i])) {
        return { data: block.data, storages }
      }
      const copy = this.buffers.takeBlock(sizes)
      copies.push(copy)
      copy.parts.forEach(({ data }, i) => data.set(storages[i]!.data))
      return { data: copy.data, storages: copy.parts }
    })
    const taken = new Set<number>()
    const made = over.map((inputs): Operand => {
      const k = inputs.find(
        (k) =>
          !taken.has(k) &&
          members.every((m, i) => {
            const storage = given[k]!.storages[i]!
            const isCopy = storage !== valueOf(m.arrays[k]!).storage
            return isCopy || (!storage.escaped && isFree(m.arrays[k]!))
          }),
      )
      if (k !== undefined) {
        taken.add(k)
        return given[k]!
      }
      if (sizes.length > 1) {
        const { data, parts } = this.buffers.takeBlock(sizes)
        return { data, storages: parts }
      }
      const storage = this.buffers.take('float32', size)
      return { data: storage.data as Float32Array, storages: [storage] }
    })
    const feeds: Record<string, OrtTensor> = {}
    const fetches: Record<string, OrtTensor> = {}
    scalars.forEach((slot, i) => {
      const { data } = valueOf(slot).storage!
      feeds[epiloguePorts.scalar(i)] = new this.native.Tensor('float32', data as Float32Array, [])
    })
    for (let from = 0; from < size; from += piece) {
      const length = Math.min(piece, size - from)
      const part = ({ data }: Operand): OrtTensor =>
        new this.native.Tensor('float32', data.subarray(from, from + length), [length])
      given.forEach((operand, i) => (feeds[epiloguePorts.array(i)] = part(operand)))
      made.forEach((operand, i) => (fetches[epiloguePorts.output(i)] = part(operand)))
      this.#run(session!, feeds, fetches)
    }
    for (const k of taken) {
      members.forEach((m, i) => {
        const value = valueOf(m.arrays[k]!)
        if (value.storage === given[k]!.storages[i]) value.storage = null
      })
    }
    members.forEach((m, i) =>
      m.outputs.forEach((slot, o) => (valueOf(slot).storage = made[o]!.storages[i]!)),
    )
    const used = new Set(made.flatMap((o) => o.storages))
    for (const { parts } of copies) {
      if (!used.has(parts[0]!)) for (const part of parts) this.buffers.give('float32', part)
    }
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

  /** Takes back the arrays of inputs that are no longer held. */
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
