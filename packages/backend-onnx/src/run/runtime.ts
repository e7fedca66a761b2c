import { compileGraph } from '../graph/compile.js'
import { keyOf, type Recorder } from '../graph/recorder.js'
import type { Storage, Value } from '../graph/value.js'
import type { ResolvedOptions } from '../options.js'
import { BufferPool } from './buffers.js'
import { explain, SessionCache } from './sessions.js'
import type { NativeRuntime } from './native.js'
import type { Tensor as OrtTensor } from 'onnxruntime-node'

/** What a backend's graphs run on: the sessions, and the arrays that go in and come out. */
export class Runtime {
  readonly sessions: SessionCache
  readonly buffers: BufferPool = new BufferPool()
  runs = 0

  constructor(
    readonly native: NativeRuntime,
    readonly options: ResolvedOptions,
  ) {
    this.sessions = new SessionCache(native, options)
  }

  /**
   * Runs the first `count` recorded kernels in one session. What is still held, or needed by the kernels after them,
   * comes out; what nobody holds any more is computed only if something else needs it, and never leaves the session.
   */
  run(recorder: Recorder, count: number = recorder.length): void {
    const { slots } = recorder
    const nodes = recorder.nodes.slice(0, count)
    const later = new Set<Value>()
    for (const node of recorder.nodes.slice(count)) {
      for (const input of node.inputs) if (input !== null) later.add(input)
    }
    const roots: number[] = []
    for (const node of nodes) {
      for (const output of node.outputs) {
        if (output.refs > 0 || later.has(output)) roots.push(output.slot)
      }
    }
    try {
      if (roots.length > 0) {
        const source = { nodes, slots, roots, provider: this.options.provider }
        this.#execute(keyOf(nodes, roots), () => compileGraph(source), slots)
      }
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      for (const slot of roots) slots[slot]!.value.error = error
      throw error
    } finally {
      for (const node of nodes) for (const output of node.outputs) output.node = null
      recorder.advance(count)
      this.#reclaim(slots, recorder)
      this.buffers.tick()
    }
  }

  #execute(
    key: Int32Array,
    compile: () => ReturnType<typeof compileGraph>,
    slots: Recorder['slots'],
  ): void {
    const { session, feeds, fetches } = this.sessions.get(key, compile)
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
    try {
      session.run(inputs, outputs, {})
    } catch (cause) {
      throw explain(cause, this.options.provider)
    }
    fetches.forEach(({ slot }, i) => (slots[slot]!.value.storage = storages[i]!))
  }

  #tensor(type: Value['dtype'], storage: Storage, dims: readonly number[]): OrtTensor {
    const known = storage.tensor
    if (known !== null && same(known.dims, dims)) return known
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

const same = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
