import { OnnxBuilder } from './builder.js'
import { Lowering } from './lowering.js'
import { encodeModel } from './model.js'
import type { RecordedNode } from './recorder.js'
import type { Sym } from './symbol.js'
import { sameShape, sizeOf } from './types.js'

/** Smaller arrays stay in the graph: a run of their own would cost more than it saves. */
const smallest = 1 << 16

/**
 * A part of the graph's end that computes elementwise, such as an optimizer's update of one parameter. It runs after
 * the rest, piece by piece of its arrays: what lies between stays in the cache, results may take over the arrays of
 * inputs that nobody holds any more, and parameters of all sizes share one session.
 */
export interface Tail {
  readonly nodes: readonly RecordedNode[]
  readonly size: number
  /** slots of its inputs of full size, and of those with one element */
  readonly arrays: readonly number[]
  readonly scalars: readonly number[]
  /** what comes out, and the inputs (indices of `arrays`) whose place it may take */
  readonly outputs: readonly { readonly slot: number; readonly over: readonly number[] }[]
  /** equal for tails that do the same, whatever their size */
  readonly key: string
}

/** A graph without its tails, and the tails. */
export interface Split {
  readonly head: readonly RecordedNode[]
  readonly roots: readonly number[]
  readonly tails: readonly Tail[]
}

/** Takes the tails off a graph. `isFed` tells slots that come from outside. */
export const splitTails = (
  nodes: readonly RecordedNode[],
  roots: readonly number[],
  isFed: (slot: number) => boolean,
): Split => {
  const wanted = new Set(roots)
  const inTail = new Set<RecordedNode>()
  const heldBack = new Set<number>()
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    const slot = node.outputs[0]!.slot
    if (!node.outputs.some((o) => wanted.has(o.slot))) continue
    for (const input of node.inputs) if (input !== null) wanted.add(input.slot)
    if (isElementwise(node) && !heldBack.has(slot)) inTail.add(node)
    else for (const input of node.inputs) if (input !== null) heldBack.add(input.slot)
  }
  const tails: Tail[] = []
  for (const part of connected(nodes.filter((n) => inTail.has(n)))) {
    const tail = describe(part, new Set(roots))
    // Only what renews an array from outside: other chains are better off fused with what they follow.
    if (tail.outputs.some((o) => o.over.some((k) => isFed(tail.arrays[k]!)))) tails.push(tail)
    else for (const node of part) inTail.delete(node)
  }
  const made = new Set(tails.flatMap((t) => t.outputs.map((o) => o.slot)))
  const feeds = tails.flatMap((t) => [...t.arrays, ...t.scalars]).filter((s) => !isFed(s))
  return {
    head: nodes.filter((n) => !inTail.has(n)),
    roots: [...new Set([...roots.filter((r) => !made.has(r)), ...feeds])],
    tails,
  }
}

const isElementwise = ({ signature }: RecordedNode): boolean => {
  const { kernel, inputs, outputs } = signature
  const shape = outputs![0]!.shape
  return (
    kernel.elementwise &&
    sizeOf(shape) >= smallest &&
    [...inputs, ...outputs!].every(
      (o) => o?.dtype === 'float32' && (sameShape(o.shape, shape) || sizeOf(o.shape) === 1),
    )
  )
}

/** Nodes joined by arrays that one of them makes. */
const connected = (nodes: readonly RecordedNode[]): RecordedNode[][] => {
  const partOf = new Map<number, RecordedNode[]>()
  const parts = new Set<RecordedNode[]>()
  for (const node of nodes) {
    let part: RecordedNode[] = [node]
    for (const input of node.inputs) {
      const other = partOf.get(input!.slot)
      if (other === undefined || other === part) continue
      // Parts are kept in the order of recording.
      parts.delete(other)
      part = [...other, ...part]
      for (const { outputs } of other) partOf.set(outputs[0]!.slot, part)
    }
    for (const { outputs } of part) partOf.set(outputs[0]!.slot, part)
    parts.add(part)
  }
  const order = new Map(nodes.map((n, i) => [n, i]))
  return [...parts].map((part) => part.sort((a, b) => order.get(a)! - order.get(b)!))
}

const describe = (nodes: readonly RecordedNode[], roots: ReadonlySet<number>): Tail => {
  const size = nodes[0]!.outputs[0]!.size
  const arrays: number[] = []
  const scalars: number[] = []
  const names = new Map<number, string>()
  let key = ''
  // For each slot, the inputs that it comes from; for each input, who reads it.
  const readers = new Map<number, RecordedNode[]>()
  const before = new Map<number, Set<RecordedNode>>()
  for (const [i, node] of nodes.entries()) {
    const { kernel, attrs } = node.signature
    const ancestors = new Set<RecordedNode>([node])
    key += `${kernel.name}${JSON.stringify(attrs)}(`
    for (const input of node.inputs) {
      const { slot } = input!
      if (!names.has(slot)) {
        const list = input!.size === 1 ? scalars : arrays
        names.set(slot, `${input!.size === 1 ? 's' : 'a'}${list.push(slot) - 1}`)
      }
      key += `${names.get(slot)},`
      readers.set(slot, [...(readers.get(slot) ?? []), node])
      for (const ancestor of before.get(slot) ?? []) ancestors.add(ancestor)
    }
    key += ')'
    const out = node.outputs[0]!.slot
    names.set(out, `n${i}`)
    before.set(out, ancestors)
  }
  const outputs = nodes
    .map((n) => n.outputs[0]!.slot)
    .filter((slot) => roots.has(slot))
    .map((slot) => {
      key += `>${names.get(slot)}`
      // An input's place may be taken when all who read it have run by then, or are the one that writes.
      const done = before.get(slot)!
      const over = arrays.flatMap((a, k) => (readers.get(a)!.every((r) => done.has(r)) ? [k] : []))
      return { slot, over }
    })
  return { nodes, size, arrays, scalars, outputs, key }
}

/** The names of a tail's inputs and outputs in its model. */
export const tailPorts = {
  array: (i: number): string => `a${i}`,
  scalar: (i: number): string => `s${i}`,
  output: (i: number): string => `o${i}`,
} as const

/** Writes a tail as a model of arrays of any length. */
export const compileTail = (tail: Tail, provider: string): Uint8Array => {
  const builder = new OnnxBuilder()
  const lowering = new Lowering(builder, provider)
  const shape = [tail.size]
  const syms = new Map<number, Sym>()
  tail.arrays.forEach((slot, i) =>
    syms.set(slot, lowering.sym(tailPorts.array(i), shape, 'float32')),
  )
  tail.scalars.forEach((slot, i) =>
    syms.set(slot, lowering.sym(tailPorts.scalar(i), [], 'float32')),
  )
  for (const { signature, inputs, outputs } of tail.nodes) {
    const { kernel, attrs } = signature
    const given = inputs.map((input) => syms.get(input!.slot)!)
    const made = kernel.lower(lowering, given, attrs, [{ shape, dtype: 'float32' }])
    syms.set(outputs[0]!.slot, made[0]!)
  }
  const port = (name: string, dims: readonly string[]) => ({ name, type: 'float32', dims }) as const
  tail.outputs.forEach(({ slot }, i) =>
    builder.output(lowering.plain(syms.get(slot)!), tailPorts.output(i)),
  )
  return encodeModel(
    builder,
    [
      ...tail.arrays.map((_, i) => port(tailPorts.array(i), ['n'])),
      ...tail.scalars.map((_, i) => port(tailPorts.scalar(i), [])),
    ],
    tail.outputs.map((_, i) => port(tailPorts.output(i), ['n'])),
    { stopsCopies: true },
  )
}
