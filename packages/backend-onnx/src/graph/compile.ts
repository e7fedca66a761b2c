import { OnnxBuilder } from './builder.js'
import { encodeModel, type ModelOptions, type Port } from './model.js'
import { Lowering } from './lowering.js'
import type { Sym } from './symbol.js'
import type { RecordedNode } from './recorder.js'
import type { Value } from './value.js'
import { sizeOf, type GraphDtype } from './types.js'

/** An input or output of a compiled graph, and the slot it belongs to. */
export interface SlotPort extends Port {
  readonly slot: number
  readonly type: GraphDtype
  readonly dims: readonly number[]
}

/** A graph as bytes, with what to feed and what to fetch. */
export interface CompiledGraph {
  readonly model: Uint8Array
  readonly feeds: readonly SlotPort[]
  readonly fetches: readonly SlotPort[]
  /** elements read and written by all its kernels: whether it is worth a second thread */
  readonly work: number
}

/** What is to be compiled: recorded nodes, what their slots hold, and the slots whose values are needed. */
export interface GraphSource extends ModelOptions {
  readonly nodes: readonly RecordedNode[]
  readonly slots: readonly { readonly value: Value; readonly feed: readonly number[] | null }[]
  readonly roots: readonly number[]
  readonly provider: string
  /** channels in a block of maps, 0 if they are not to be used; 0 unless given */
  readonly block?: number
  /** names for ports; `i3` and `o7` unless given */
  readonly nameOf?: (slot: number, kind: 'feed' | 'fetch') => string
  /** all inputs that the model is to have, used or not; those that are used unless given */
  readonly inputs?: readonly Port[]
  /** slots that become constants of the model instead of inputs */
  readonly isConstant?: (slot: number) => boolean
}

/** Writes the nodes that the roots need as one ONNX model. */
export const compileGraph = (source: GraphSource): CompiledGraph => {
  const { nodes, slots, roots } = source
  const nameOf = source.nameOf ?? ((slot, kind) => `${kind === 'feed' ? 'i' : 'o'}${slot}`)
  const needed = neededNodes(nodes, roots)
  const uses = countUses(needed, roots)
  const builder = new OnnxBuilder()
  const lowering = new Lowering(builder, source.provider, source.block)
  const syms: (Sym | undefined)[] = []
  const feeds: SlotPort[] = []
  let work = 0

  const feed = (slot: number): Sym => {
    const { value, feed: shape } = slots[slot]!
    if (shape === null) throw new Error(`slot ${slot} is used before it is made`)
    if (source.isConstant?.(slot)) {
      const ref = builder.tensor(value.dtype, value.storage!.data, shape)
      const sym = lowering.sym(ref, shape, value.dtype)
      sym.isConstant = true
      return sym
    }
    const port = { name: nameOf(slot, 'feed'), type: value.dtype, dims: shape, slot }
    feeds.push(port)
    return lowering.sym(port.name, shape, value.dtype)
  }

  for (const node of needed) {
    const { signature } = node
    const inputs = node.inputs.map((value, i) => {
      if (value === null) return null
      const sym = (syms[value.slot] ??= feed(value.slot))
      return lowering.view(sym, signature.inputs[i]!.shape)
    })
    const { kernel, attrs } = signature
    const outputs = kernel.lower(lowering, inputs, attrs, signature.outputs!)
    outputs.forEach((sym, i) => {
      const { slot } = node.outputs[i]!
      // What only passes its input through is that input still.
      if (sym.origin === null && !inputs.includes(sym))
        sym.origin = { kernel: kernel.name, attrs, inputs, once: uses.get(slot) === 1 }
      syms[slot] = sym
    })
    for (const o of [...signature.inputs, ...signature.outputs!]) if (o) work += sizeOf(o.shape)
  }

  const fetches = roots.map((slot): SlotPort => {
    const sym = syms[slot] ?? feed(slot)
    const name = nameOf(slot, 'fetch')
    builder.output(lowering.plain(sym), name)
    return { name, type: sym.dtype, dims: sym.shape, slot }
  })
  const model = encodeModel(builder, source.inputs ?? feeds, fetches, source)
  return { model, feeds, fetches, work }
}

/** How often each slot is used. */
const countUses = (
  nodes: readonly RecordedNode[],
  roots: readonly number[],
): Map<number, number> => {
  const uses = new Map<number, number>()
  const count = (slot: number): void => void uses.set(slot, (uses.get(slot) ?? 0) + 1)
  for (const { inputs } of nodes) for (const input of inputs) if (input !== null) count(input.slot)
  roots.forEach(count)
  return uses
}

const neededNodes = (nodes: readonly RecordedNode[], roots: readonly number[]): RecordedNode[] => {
  const wanted = new Set(roots)
  const needed: RecordedNode[] = []
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    if (!node.outputs.some((o) => wanted.has(o.slot))) continue
    needed.push(node)
    for (const input of node.inputs) if (input !== null) wanted.add(input.slot)
  }
  return needed.reverse()
}
