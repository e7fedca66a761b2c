import { blockedDomain, type ElementType } from './types.js'

/** An attribute of an ONNX node. Plain numbers are integers; floats are said to be. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }

/** A node as it will be written. */
export interface OnnxNode {
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A constant of the graph. */
export interface Initializer {
  readonly name: string
  readonly type: ElementType
  readonly dims: readonly number[]
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array | Float64Array
}

const empty = {}

/**
 * Collects the nodes and constants of one ONNX graph. Asking twice for the same node gives the same one, so
 * lowerings need not tell each other what they have made.
 */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = []
  readonly initializers: Initializer[] = []
  readonly #byKey = new Map<string, OnnxNode>()
  readonly #constants = new Map<string, string>()
  readonly #producers = new Map<string, OnnxNode>()
  readonly #names = new Map<string, string>()
  readonly #copied = new Set<string>()

  /** The outputs of a node. An optional input that is left out is `''`. */
  ops(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = empty,
    outputs = 1,
    domain = '',
  ): readonly string[] {
    const key = keyOf(domain, op, inputs, attributes)
    let node = this.#byKey.get(key)
    if (node === undefined) {
      node = { op, domain, inputs, outputs: [], attributes }
      this.#byKey.set(key, node)
      this.nodes.push(node)
    }
    while (node.outputs.length < outputs) {
      const ref = `/t${this.#producers.size}`
      this.#producers.set(ref, node)
      node.outputs.push(ref)
    }
    return node.outputs
  }

  /**
   * Lets a result leave the graph under a name. Each output of a node can have but one; what is an input or constant,
   * or has a name already, leaves as a copy.
   */
  output(ref: string, name: string): void {
    if (this.#producers.has(ref) && !this.#names.has(ref)) {
      this.#names.set(ref, name)
      return
    }
    this.#copied.add(name)
    this.nodes.push({
      op: 'Identity',
      domain: '',
      inputs: [ref],
      outputs: [name],
      attributes: {},
    })
  }

  /** The name under which a result is written. */
  nameOf(ref: string): string {
    return this.#names.get(ref) ?? ref
  }

  /** The only output of a node that has been made before, if it has. */
  find(op: string, inputs: readonly string[]): string | undefined {
    return this.#byKey.get(keyOf('', op, inputs, empty))?.outputs[0]
  }

  /** The node that makes a result; undefined for inputs and constants. */
  producer(ref: string): OnnxNode | undefined {
    return this.#producers.get(ref)
  }

  /** The nodes that the named outputs need, in order. */
  get used(): readonly OnnxNode[] {
    const wanted = new Set([...this.#names.keys(), ...this.#copied])
    const used: OnnxNode[] = []
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i]!
      if (!node.outputs.some((ref) => wanted.has(ref))) continue
      used.push(node)
      for (const ref of node.inputs) wanted.add(ref)
    }
    return this.#activated(used.reverse())
  }

  /** Blocked convolutions of which only relu is used compute it as they write their maps. */
  #activated(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
    const uses = new Map<string, number>()
    for (const ref of [...nodes.flatMap((n) => n.inputs), ...this.#names.keys()])
      uses.set(ref, (uses.get(ref) ?? 0) + 1)
    const relus = new Map<OnnxNode, OnnxNode>()
    for (const node of nodes) {
      const made = node.op === 'Relu' ? this.#producers.get(node.inputs[0]!) : undefined
      if (made?.op === 'Conv' && made.domain === blockedDomain && uses.get(node.inputs[0]!) === 1)
        relus.set(made, node)
    }
    const absorbed = new Set(relus.values())
    return nodes
      .filter((node) => !absorbed.has(node))
      .map((node) => {
        const relu = relus.get(node)
        const attributes = { ...node.attributes, activation: 'Relu' }
        return relu ? { ...node, outputs: relu.outputs, attributes } : node
      })
  }

  /** The only output of a node. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = empty,
    domain = '',
  ): string {
    return this.ops(op, inputs, attributes, 1, domain)[0]!
  }

  /** A constant tensor. Floats are given by value: NaN, infinities and -0 keep their bits. */
  constant(type: ElementType, values: ArrayLike<number>, dims: readonly number[]): string {
    const list = Array.from(values)
    const key = `${type}[${dims.join()}]${list.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`
    const known = this.#constants.get(key)
    if (known !== undefined) return known
    const name = `/c${this.#constants.size}`
    this.#constants.set(key, name)
    this.initializers.push({ name, type, dims, data: typed(type, list) })
    return name
  }

  /** A large constant, taken as it is. */
  tensor(type: ElementType, data: Initializer['data'], dims: readonly number[]): string {
    const name = `/w${this.initializers.length}`
    this.initializers.push({ name, type, dims, data })
    return name
  }

  /** A list of int64, as shapes, axes and pads are given. */
  ints(values: readonly number[]): string {
    return this.constant('int64', values, [values.length])
  }

  /** A constant of rank 0. */
  scalar(type: ElementType, value: number): string {
    return this.constant(type, [value], [])
  }
}

const keyOf = (
  domain: string,
  op: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): string => `${domain}:${op}(${inputs.join()})${JSON.stringify(attributes)}`

const typed = (type: ElementType, list: readonly number[]): Initializer['data'] => {
  switch (type) {
    case 'float32':
      return Float32Array.from(list)
    case 'double':
      return Float64Array.from(list)
    case 'int32':
      return Int32Array.from(list)
    case 'int64':
      return BigInt64Array.from(list.map((v) => BigInt(v)))
    case 'bool':
      return Uint8Array.from(list)
    default:
      return type satisfies never
  }
}
