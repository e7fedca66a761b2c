import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Signature } from '../graph/signature.js'
import type { HostArray } from '../graph/types.js'
import type { Value } from '../graph/value.js'

/** A kernel call of a template: its operands are places in the list of values, null for an input that is left out. */
interface Call {
  readonly signature: Signature
  readonly operands: readonly (number | null)[]
}

/** A tensor that comes out: its place in the list of values, and the shape that it has there. */
export interface Output {
  readonly name: string
  readonly place: number
  readonly shape: readonly number[]
}

/**
 * The kernel calls of a function of tensors. Its values are counted: first the inputs, then the constants, then what
 * the calls make, in order.
 */
export interface Template {
  readonly inputs: number
  readonly constants: readonly Value[]
  readonly calls: readonly Call[]
  readonly outputs: readonly Output[]
}

/** Takes down the kernel calls of a function while it runs as usual. */
export class TemplateRecorder {
  readonly #calls: {
    readonly signature: Signature
    readonly inputs: readonly (Value | null)[]
    readonly outputs: readonly Value[]
  }[] = []
  #spoiled: string | null = null

  constructor(readonly inputs: readonly Value[]) {
    if (new Set(inputs).size < inputs.length) this.spoil('two of its inputs share their numbers')
  }

  /** Notes a kernel call. */
  call(signature: Signature, inputs: readonly (Value | null)[], outputs: readonly Value[]): void {
    this.#calls.push({ signature, inputs, outputs })
  }

  /** Notes why the function cannot be replayed. The first reason counts. */
  spoil(reason: string): void {
    this.#spoiled ??= reason
  }

  /** The template, or why there is none. */
  finish(
    outputs: readonly {
      readonly name: string
      readonly info: TensorInfo
      readonly value: Value | null
    }[],
  ): Template | string {
    if (this.#spoiled !== null) return this.#spoiled
    const made = new Set(this.#calls.flatMap((c) => c.outputs))
    const given = new Set(this.inputs)
    const constants = new Set<Value>()
    const used = [...this.#calls.flatMap((c) => c.inputs), ...outputs.map((o) => o.value)]
    for (const value of used) {
      if (value !== null && !made.has(value) && !given.has(value)) constants.add(value)
    }
    const order = [...this.inputs, ...constants, ...made]
    const places = new Map(order.map((value, place) => [value, place]))
    const results: Output[] = []
    for (const { name, info, value } of outputs) {
      if (value === null) return `its result '${name}' is ${info.dtype}`
      results.push({ name, place: places.get(value)!, shape: [...info.shape] })
    }
    return {
      inputs: this.inputs.length,
      constants: [...constants],
      calls: this.#calls.map(({ signature, inputs }) => ({
        signature,
        operands: inputs.map((value) => (value === null ? null : places.get(value)!)),
      })),
      outputs: results,
    }
  }
}

/** Whether two templates make the same graph with the same constants. */
export const sameTemplate = (a: Template, b: Template): boolean =>
  a.inputs === b.inputs &&
  sameList(a.constants, b.constants, sameConstant) &&
  sameList(
    a.calls,
    b.calls,
    (x, y) => x.signature === y.signature && sameList(x.operands, y.operands, (p, q) => p === q),
  ) &&
  sameList(
    a.outputs,
    b.outputs,
    (x, y) =>
      x.name === y.name && x.place === y.place && sameList(x.shape, y.shape, (p, q) => p === q),
  )

const sameList = <T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean =>
  a.length === b.length && a.every((x, i) => same(x, b[i]!))

const sameConstant = (a: Value, b: Value): boolean =>
  a === b ||
  (a.dtype === b.dtype &&
    a.storage !== null &&
    b.storage !== null &&
    sameNumbers(a.storage.data, b.storage.data))

const sameNumbers = (a: HostArray, b: HostArray): boolean =>
  a.length === b.length && a.every((x, i) => Object.is(x, b[i]))
