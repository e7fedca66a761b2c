import type { Kernel } from '../kernels/kernel.js'
import { sizeOf, type Operand } from './types.js'

/**
 * One way of calling a kernel: its name, attributes and operand shapes. Worked out once (shapes inferred, mapping
 * decided), then a number in every later trace.
 */
export interface Signature {
  readonly id: number
  readonly kernel: Kernel
  readonly attrs: Readonly<Record<string, unknown>>
  /** null if an optional input is left out */
  readonly inputs: readonly (Operand | null)[]
  /** null: this call has no mapping */
  readonly outputs: readonly Operand[] | null
}

const encode = (value: unknown): string => {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'string':
      return JSON.stringify(value)
    case 'object': {
      if (value === null) return '~'
      if (Array.isArray(value)) {
        let key = '['
        for (const item of value) key += encode(item) + ','
        return key + ']'
      }
      let key = '{'
      for (const name in value)
        key += name + ':' + encode((value as Record<string, unknown>)[name]) + ';'
      return key + '}'
    }
    default:
      return String(value)
  }
}

/** Interns signatures. JSON would not do as a key: it writes NaN and the infinities all as null. */
export class SignatureTable {
  readonly #byKey = new Map<string, Signature>()
  readonly #byId: Signature[] = []

  /** The signature of a call, made at its first use. Throws what the kernel's shape inference throws. */
  intern(kernel: Kernel, operands: readonly (Operand | null)[], attrs: unknown): Signature {
    let key = kernel.name
    for (const operand of operands) {
      key += operand === null ? '|' : '|' + operand.dtype.charAt(0) + operand.shape.join()
    }
    key += encode(attrs)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const inputs = operands.map((o) => o && { shape: [...o.shape], dtype: o.dtype })
    const snapshot = structuredClone(attrs ?? {}) as Record<string, unknown>
    const signature: Signature = {
      id: this.#byId.length,
      kernel,
      attrs: snapshot,
      inputs,
      outputs: mapped(inputs, kernel.infer(inputs, snapshot)),
    }
    this.#byKey.set(key, signature)
    this.#byId.push(signature)
    return signature
  }

  get size(): number {
    return this.#byId.length
  }
}

/** Tensors without elements never reach ONNX Runtime: there is nothing to compute. */
const mapped = (
  inputs: readonly (Operand | null)[],
  outputs: readonly Operand[] | null,
): readonly Operand[] | null =>
  [...inputs, ...(outputs ?? [])].some((o) => o !== null && sizeOf(o.shape) === 0) ? null : outputs
