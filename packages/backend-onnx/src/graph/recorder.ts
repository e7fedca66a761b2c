import type { Signature } from './signature.js'
import type { Value } from './value.js'
import type { GraphDtype } from './types.js'
import { sizeOf } from './types.js'

/** A kernel call that has not run yet. */
export interface RecordedNode {
  readonly signature: Signature
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Value[]
}

/** How many kernels in a row must agree before a trace counts as starting over. */
const overlap = 8
/** Shorter repetitions are left as they are: a session per layer would cost more than it saves. */
const shortestCut = 64

/**
 * The lazy graph: kernel calls that have not run yet. Values are numbered (slots) as they come up; the sequence of signature ids and slots describes
 * the graph completely, so it serves as the key of the session cache (`keyOf`): the same code recorded again gives the
 * same numbers, whatever the values.
 */
export class Recorder {
  epoch = 0
  nodes: RecordedNode[] = []
  /** what each slot holds, and the shape it was fed in when it comes from outside */
  slots: { value: Value; feed: readonly number[] | null }[] = []
  /** a later node at which the trace starts over, found while recording; 0: none */
  restart = 0
  #ids: number[] = []
  #matched = 0

  get length(): number {
    return this.nodes.length
  }

  /** Appends a kernel call; its outputs are values to be made later. */
  record(signature: Signature, inputs: readonly (Value | null)[]): readonly Value[] {
    this.#number(signature, inputs)
    const outputs: Value[] = []
    for (const { dtype, shape } of signature.outputs!) {
      const value: Value = {
        dtype: dtype as GraphDtype,
        size: sizeOf(shape),
        refs: 0,
        storage: null,
        epoch: -1,
        slot: -1,
        error: null,
        constant: 0,
      }
      this.#assign(value, null)
      outputs.push(value)
    }
    this.nodes.push({ signature, inputs, outputs })
    this.#watch(signature.id)
    return outputs
  }

  /** Leaves the first `count` nodes to the caller and keeps the rest in a new epoch. */
  advance(count: number): void {
    const rest = this.nodes.slice(count)
    this.epoch++
    this.nodes = []
    this.slots = []
    this.#ids = []
    this.#matched = 0
    this.restart = 0
    for (const node of rest) {
      const { signature } = node
      this.#number(signature, node.inputs)
      for (const value of node.outputs) this.#assign(value, null)
      this.nodes.push(node)
      this.#watch(signature.id)
    }
  }

  #number(signature: Signature, inputs: readonly (Value | null)[]): void {
    for (let i = 0; i < inputs.length; i++) {
      const value = inputs[i]!
      if (value !== null && value.epoch !== this.epoch) {
        this.#assign(value, signature.inputs[i]!.shape)
      }
    }
  }

  #assign(value: Value, feed: readonly number[] | null): void {
    value.epoch = this.epoch
    value.slot = this.slots.length
    this.slots.push({ value, feed })
  }

  /** Finds out that the trace has begun again, as in a training loop that never reads its loss. */
  #watch(id: number): void {
    this.#ids.push(id)
    const at = this.#ids.length - 1
    if (this.#ids[this.#matched] === id && at > this.#matched) this.#matched++
    else this.#matched = at > 0 && this.#ids[0] === id ? 1 : 0
    if (this.#matched === overlap && at + 1 - overlap >= shortestCut)
      this.restart = at + 1 - overlap
  }
}

/** In a key: the next number is a constant's. */
const constantMark = -4

/** What tells one graph from another: kernels, how they are joined, its constants, and what is to come out. */
export const keyOf = (nodes: readonly RecordedNode[], roots: readonly number[]): Int32Array => {
  const key: number[] = []
  for (const { signature, inputs } of nodes) {
    key.push(signature.id)
    for (const input of inputs) {
      key.push(input === null ? -1 : input.slot)
      if (input !== null && input.constant > 0) key.push(constantMark, input.constant)
    }
  }
  key.push(-2, ...roots)
  return Int32Array.from(key)
}

/** Whether a graph has one of these constants, by its key. */
export const usesConstant = (key: Int32Array, constants: ReadonlySet<number>): boolean =>
  key.some((mark, i) => mark === constantMark && constants.has(key[i + 1]!))
