import { OnnxBuilder } from './builder.js'
import { Lowering } from './lowering.js'
import { encodeModel } from './model.js'
import type { RecordedNode } from './recorder.js'
import type { Sym } from './symbol.js'
import { sameShape, sizeOf } from './types.js'

/** Less than this stays in the graph: a run of its own would cost more than it saves. */
const smallest = 1 << 16
/** Arrays of up to this size are updated together with others. */
const largestTogether = 1 << 18

/** One of the arrays' sets that an epilogue computes: what it does with one parameter. */
export interface Member {
  readonly size: number
  /** slots of its inputs of full size */
  readonly arrays: readonly number[]
  /** slots of what comes out */
  readonly outputs: readonly number[]
}

/**
 * A part of the graph's end that computes elementwise, such as an optimizer's update of a parameter. It runs after
 * the rest, piece by piece of its arrays: what lies between stays in the cache, results may take over the arrays of
 * inputs that are no longer held, and parameters of all sizes share one session. Small parameters with the same
 * update are its members together: their arrays lie side by side in memory and are updated as one.
 */
export interface Epilogue {
  /** the nodes of the first member */
  readonly nodes: readonly RecordedNode[]
  readonly members: readonly Member[]
  /** slots of inputs with one element */
  readonly scalars: readonly number[]
  /** for each output the inputs (indices of `arrays`) whose place it may take */
  readonly over: readonly (readonly number[])[]
  /** equal for epilogues that do the same, whatever their sizes */
  readonly key: string
}

/** A graph without its epilogues, and the epilogues. */
export interface Split {
  readonly head: readonly RecordedNode[]
  readonly roots: readonly number[]
  readonly epilogues: readonly Epilogue[]
}

/** Takes the epilogues off a graph. `isFed` tells slots that come from outside. */
export const splitEpilogues = (
  nodes: readonly RecordedNode[],
  roots: readonly number[],
  isFed: (slot: number) => boolean,
): Split => {
  const wanted = new Set(roots)
  const apart = new Set<RecordedNode>()
  const heldBack = new Set<number>()
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    const slot = node.outputs[0]!.slot
    if (!node.outputs.some((o) => wanted.has(o.slot))) continue
    for (const input of node.inputs) if (input !== null) wanted.add(input.slot)
    if (isElementwise(node) && !heldBack.has(slot)) apart.add(node)
    else for (const input of node.inputs) if (input !== null) heldBack.add(input.slot)
  }
  const rootSet = new Set(roots)
  const parts = connected(nodes.filter((n) => apart.has(n)))
    .map((part) => describe(part, rootSet))
    // Only what renews an array from outside: other chains are better off fused with what they follow.
    .filter(({ over, members: [member] }) =>
      over.some((inputs) => inputs.some((k) => isFed(member!.arrays[k]!))),
    )
  const epilogues = together(parts).filter(
    ({ members }) => members.reduce((total, { size }) => total + size, 0) >= smallest,
  )
  const made = new Set(epilogues.flatMap((e) => e.members.flatMap((m) => m.outputs)))
  const inside = new Set(
    parts.filter((p) => made.has(p.members[0]!.outputs[0]!)).flatMap((p) => p.nodes),
  )
  const feeds = epilogues
    .flatMap((e) => [...e.members.flatMap((m) => m.arrays), ...e.scalars])
    .filter((slot) => !isFed(slot))
  return {
    head: nodes.filter((n) => !inside.has(n)),
    roots: [...new Set([...roots.filter((r) => !made.has(r)), ...feeds])],
    epilogues,
  }
}

/** Joins epilogues of small arrays that do the same with the same scalars. */
const together = (parts: readonly Epilogue[]): readonly Epilogue[] => {
  const joined = new Map<string, Epilogue>()
  for (const part of parts) {
    const large = part.members[0]!.size > largestTogether
    const key = large ? `alone ${joined.size}` : `${part.key} of ${part.scalars.join()}`
    const known = joined.get(key)
    const members = known ? [...known.members, ...part.members] : part.members
    joined.set(key, { ...(known ?? part), members })
  }
  return [...joined.values()]
}

const isElementwise = ({ signature }: RecordedNode): boolean => {
  const { kernel, inputs, outputs } = signature
  const shape = outputs![0]!.shape
  return (
    kernel.elementwise &&
    sizeOf(shape) > 1 &&
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

const describe = (nodes: readonly RecordedNode[], roots: ReadonlySet<number>): Epilogue => {
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
  const outputs = nodes.map((n) => n.outputs[0]!.slot).filter((slot) => roots.has(slot))
  const over = outputs.map((slot) => {
    key += `>${names.get(slot)}`
    // An input's place may be taken when all who read it have run by then, or are the one that writes.
    const done = before.get(slot)!
    return arrays.flatMap((a, k) => (readers.get(a)!.every((r) => done.has(r)) ? [k] : []))
  })
  return { nodes, members: [{ size, arrays, outputs }], scalars, over, key }
}

/** The names of an epilogue's inputs and outputs in its model. */
export const epiloguePorts = {
  array: (i: number): string => `a${i}`,
  scalar: (i: number): string => `s${i}`,
  output: (i: number): string => `o${i}`,
} as const

/** Writes an epilogue as a model of arrays of any length. */
export const compileEpilogue = (epilogue: Epilogue, provider: string): Uint8Array => {
  const builder = new OnnxBuilder()
  const lowering = new Lowering(builder, provider)
  const { nodes, scalars } = epilogue
  const { size, arrays, outputs } = epilogue.members[0]!
  const shape = [size]
  const syms = new Map<number, Sym>()
  arrays.forEach((slot, i) =>
    syms.set(slot, lowering.sym(epiloguePorts.array(i), shape, 'float32')),
  )
  scalars.forEach((slot, i) => syms.set(slot, lowering.sym(epiloguePorts.scalar(i), [], 'float32')))
  for (const { signature, inputs, outputs: results } of nodes) {
    const { kernel, attrs } = signature
    const given = inputs.map((input) => syms.get(input!.slot)!)
    const made = kernel.lower(lowering, given, attrs, [{ shape, dtype: 'float32' }])
    syms.set(results[0]!.slot, made[0]!)
  }
  const port = (name: string, dims: readonly string[]) => ({ name, type: 'float32', dims }) as const
  outputs.forEach((slot, i) =>
    builder.output(lowering.plain(syms.get(slot)!), epiloguePorts.output(i)),
  )
  return encodeModel(
    builder,
    [
      ...arrays.map((_, i) => port(epiloguePorts.array(i), ['n'])),
      ...scalars.map((_, i) => port(epiloguePorts.scalar(i), [])),
    ],
    outputs.map((_, i) => port(epiloguePorts.output(i), ['n'])),
    { stopsCopies: true },
  )
}
