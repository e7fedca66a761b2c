import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'
import type { HostArray, Operand } from '../graph/types.js'

/** One tfjs kernel as ONNX nodes. */
export interface Kernel {
  /** tfjs's name of the kernel */
  readonly name: string
  /** tfjs's names of its inputs, in order; `'bias?'` may be left out, `'...'` stands for a list */
  readonly inputs: readonly string[]
  /** whether it returns a list even of one output */
  readonly list: boolean
  /** whether it computes each element of its output from the same place of its inputs only */
  readonly elementwise: boolean
  /**
   * The shapes and dtypes of the outputs, by tfjs-core's own shape functions, which throw on shapes that do not fit;
   * null if these dtypes or attributes have no mapping.
   */
  infer(
    inputs: readonly (Operand | null)[],
    attrs: Readonly<Record<string, unknown>>,
  ): readonly Operand[] | null
  /** Looks at the numbers of inputs that are already on the host (null: not yet computed); throws if they cannot be. */
  readonly check?: (
    values: readonly (HostArray | null)[],
    inputs: readonly (Operand | null)[],
    attrs: Readonly<Record<string, unknown>>,
  ) => void
  /** Writes the nodes. Called when a session is built, not when the kernel is recorded. */
  lower(
    l: Lowering,
    inputs: readonly (Sym | null)[],
    attrs: Readonly<Record<string, unknown>>,
    outputs: readonly Operand[],
  ): readonly Sym[]
}

interface TypedKernel<Attrs> {
  readonly name: string
  readonly inputs: readonly string[]
  readonly list?: boolean
  readonly elementwise?: boolean
  check?(values: readonly (HostArray | null)[], inputs: readonly Operand[], attrs: Attrs): void
  infer(inputs: readonly Operand[], attrs: Attrs): Operand | readonly Operand[] | null
  lower(
    l: Lowering,
    inputs: readonly Sym[],
    attrs: Attrs,
    output: Operand,
    outputs: readonly Operand[],
  ): Sym | readonly Sym[]
}

/**
 * A kernel whose attributes have a type, as tfjs-core declares them. Optional inputs that are left out arrive as
 * null at their place.
 */
export const kernel = <Attrs = Record<string, never>>(typed: TypedKernel<Attrs>): Kernel => ({
  name: typed.name,
  inputs: typed.inputs,
  list: typed.list ?? false,
  elementwise: typed.elementwise ?? false,
  ...(typed.check && {
    check: (values, inputs, attrs) => {
      typed.check!(values, inputs as readonly Operand[], attrs as Attrs)
    },
  }),
  infer(inputs, attrs) {
    const out = typed.infer(inputs as readonly Operand[], attrs as Attrs)
    return out === null || Array.isArray(out)
      ? (out as readonly Operand[] | null)
      : [out as Operand]
  },
  lower(l, inputs, attrs, outputs) {
    const out = typed.lower(l, inputs as readonly Sym[], attrs as Attrs, outputs[0]!, outputs)
    return Array.isArray(out) ? (out as readonly Sym[]) : [out as Sym]
  },
})

/** Whether every operand (of those that are there) has this dtype. */
export const all = (
  dtype: Operand['dtype'],
  ...operands: readonly (Operand | null | undefined)[]
): boolean => operands.every((o) => o === null || o === undefined || o.dtype === dtype)

/** A shape as tfjs-core's functions want it. */
export const mutable = (shape: readonly number[]): number[] => shape as number[]
