import proto, { type onnx } from 'onnx-proto'
import type { Attribute, Initializer, OnnxBuilder, OnnxNode } from './builder.js'
import { elementType, type ElementType } from './types.js'

/** ONNX operator set and file format version of every graph written here. */
const opset = 20
const irVersion = 9

/** A named input or output of a graph. */
export interface Port {
  readonly name: string
  readonly type: ElementType
  /** sizes; a name stands for one that is known when the graph runs */
  readonly dims: readonly (number | string)[]
}

const attribute = (name: string, value: Attribute): onnx.IAttributeProto => {
  const Type = proto.onnx.AttributeProto.AttributeType
  if (typeof value === 'number') return { name, type: Type.INT, i: value }
  if (typeof value === 'string')
    return { name, type: Type.STRING, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: Type.FLOAT, f: value.float }
  if ('floats' in value) return { name, type: Type.FLOATS, floats: [...value.floats] }
  return { name, type: Type.INTS, ints: [...value] }
}

const node = (n: OnnxNode, i: number, nameOf: (ref: string) => string): onnx.INodeProto => ({
  name: `${n.op}_${i}`,
  opType: n.op,
  domain: n.domain,
  input: n.inputs.map(nameOf),
  output: n.outputs.map(nameOf),
  attribute: Object.entries(n.attributes).map(([name, value]) => attribute(name, value)),
})

const port = ({ name, type, dims }: Port): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: elementType[type],
      shape: {
        dim: dims.map((size) =>
          typeof size === 'string' ? { dimParam: size } : { dimValue: size },
        ),
      },
    },
  },
})

const initializer = ({ name, type, dims, data }: Initializer): onnx.ITensorProto => ({
  name,
  dataType: elementType[type],
  dims: [...dims],
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
})

/**
 * The output that keeps `onnxruntime-node` from copying the others. It copies every output of a run into a new array,
 * those too that were written into arrays it was given, one after the other. This one comes first, is an empty
 * sequence, and cannot be copied: the run ends there with an error ({@link isUncopied}), all outputs being in place.
 */
export const uncopied = '/uncopied'

/** Whether a run that threw this has done its work and left out the copies. */
export const isUncopied = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Non tensor type is temporarily not supported')

const emptySequence: onnx.IValueInfoProto = {
  name: uncopied,
  type: { sequenceType: { elemType: { tensorType: { elemType: elementType.float32 } } } },
}

/** How a model is written. */
export interface ModelOptions {
  /** whether {@link uncopied} is its first output */
  readonly stopsCopies: boolean
}

/** The bytes of an ONNX model. */
export const encodeModel = (
  graph: OnnxBuilder,
  inputs: readonly Port[],
  outputs: readonly Port[],
  { stopsCopies }: ModelOptions,
): Uint8Array => {
  if (stopsCopies) graph.output(graph.op('SequenceEmpty', []), uncopied)
  const nodes = graph.used
  const read = new Set(nodes.flatMap((n) => n.inputs))
  return proto.onnx.ModelProto.encode({
    irVersion,
    producerName: '@retable/backend-onnx',
    opsetImport: [
      { domain: '', version: opset },
      ...[...new Set(nodes.map((n) => n.domain))]
        .filter((domain) => domain !== '')
        .map((domain) => ({ domain, version: 1 })),
    ],
    graph: {
      name: 'retable',
      node: nodes.map((n, i) => node(n, i, (ref) => graph.nameOf(ref))),
      initializer: graph.initializers.filter((c) => read.has(c.name)).map(initializer),
      input: inputs.map(port),
      output: [...(stopsCopies ? [emptySequence] : []), ...outputs.map(port)],
    },
  }).finish()
}
