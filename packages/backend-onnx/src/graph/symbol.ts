import type { GraphDtype } from './types.js'

/**
 * The order in which a tensor's axes lie in memory: `layout[i]` is the logical axis at physical place i. NHWC data
 * kept as NCHW has the layout [0, 3, 1, 2]. Maps in blocks of channels name the axis of the channels a second time at the end,
 * [0, 3, 1, 2, 3]: [N, C/b, H, W, b], with channels of zeros after the last if the blocks hold more.
 */
export type Layout = readonly number[]

/** One copy of a tensor in the ONNX graph. */
export interface Form {
  readonly ref: string
  readonly layout: Layout
}

/** The kernel call that made a tensor. */
export interface Origin {
  readonly kernel: string
  readonly attrs: Readonly<Record<string, unknown>>
  readonly inputs: readonly (Sym | null)[]
  /** whether only one kernel uses the tensor, and nothing outside the graph */
  readonly once: boolean
}

/** A tensor while its graph is being lowered: its logical shape, and the layouts it is to be had in so far. */
export class Sym {
  readonly forms: Form[]
  readonly views: Map<string, Sym> = new Map()
  /** lets a kernel that follows another write one node for both; null for what comes from outside */
  origin: Origin | null = null
  /** whether its numbers are written into the graph: ONNX Runtime prepares such filters and matrices once */
  isConstant = false
  constructor(
    readonly shape: readonly number[],
    readonly dtype: GraphDtype,
    forms: readonly Form[],
  ) {
    this.forms = [...forms]
  }

  get rank(): number {
    return this.shape.length
  }
}

/** Rows first, as tfjs lays tensors out. */
export const plainLayout = (rank: number): Layout => Array.from({ length: rank }, (_, i) => i)

/** Whether a layout is tfjs's own. */
export const isPlain = (layout: Layout): boolean => layout.every((axis, i) => axis === i)

/** Whether two layouts are the same. */
export const sameLayout = (a: Layout, b: Layout): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i])

/** The layout in blocks of channels for one in the order of NCHW. */
export const inBlocks = (layout: Layout): Layout => [...layout, layout[1]!]

/** Whether a tensor of a rank lies in blocks of channels. */
export const isBlocked = (layout: Layout, rank: number): boolean => layout.length > rank

/** NCHW's order for maps in blocks. */
export const channelsFirst = (blocked: Layout): Layout => blocked.slice(0, 4)

/** NHWC's order for maps in blocks. */
export const channelsLast = ([n, c, h, w]: Layout): Layout => [n!, h!, w!, c!]

/** Images: NHWC in tfjs, NCHW for ONNX. */
export const nchw: Layout = [0, 3, 1, 2]

/** Filters: HWIO in tfjs, OIHW for ONNX. */
export const oihw: Layout = [3, 2, 0, 1]

/** The sizes of a shape's axes in a layout's order. */
export const physical = (shape: readonly number[], layout: Layout): number[] =>
  layout.map((axis) => shape[axis]!)
