import { countParameters } from './layer-parameters.js'
import type { Layer } from '@retable/layers'
import { shapesThrough } from './shapes-through.js'

/** One layer of a summary, for one image. */
export interface SummaryRow {
  /** The layer's name. */
  readonly layer: string
  /** `conv2d`; `custom` for a layer of your own */
  readonly kind: string
  /** `[height, width, channels]`, or `[units]`. */
  readonly outputShape: readonly number[]
  /** Values that are trained. */
  readonly parameters: number
  /** Of one image. */
  readonly multiplyAdds: number
}

/** A net's layers with their costs for one image; `toString()` prints it as a table. */
export interface Summary {
  /** The net's name. */
  readonly model: string
  /** An image's height, width and channels. */
  readonly inputShape: readonly number[]
  /** One row per layer, in order. */
  readonly rows: readonly SummaryRow[]
  /** Sums over all layers. */
  readonly totals: {
    readonly parameters: number
    readonly multiplyAdds: number
    /** bytes of the parameters in float32; training needs as much again for gradients and for momentum */
    readonly parameterBytes: number
    /** bytes of all layers' outputs in float32, for one image, input included: what a backward pass keeps */
    readonly activationBytes: number
  }
  /** The table as text. */
  toString(): string
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const float32 = 4

/** What a summary is made of: a net, or any list of layers. */
interface Summarized {
  readonly name: string
  readonly inputShape: readonly number[]
  readonly layers: readonly Layer[]
}

/** The rows and totals of a net's summary; allocates no tensor. */
export const summarize = (model: Summarized): Summary => {
  const shapes = shapesThrough(model.layers, model.inputShape)
  const rows = model.layers.map((layer, i): SummaryRow => {
    const input = shapes[i]!
    return {
      layer: layer.name,
      kind: layer.spec?.kind ?? 'custom',
      outputShape: shapes[i + 1]!,
      parameters: countParameters(layer, input),
      multiplyAdds: layer.multiplyAdds?.(input) ?? 0,
    }
  })
  const sum = (value: (row: SummaryRow) => number): number =>
    rows.reduce((total, row) => total + value(row), 0)
  const parameters = sum((row) => row.parameters)
  const totals = {
    parameters,
    multiplyAdds: sum((row) => row.multiplyAdds),
    parameterBytes: parameters * float32,
    activationBytes: (product(model.inputShape) + sum((row) => product(row.outputShape))) * float32,
  }
  const summary = { model: model.name, inputShape: model.inputShape, rows, totals }
  return { ...summary, toString: () => formatSummary(summary) }
}

const grouped = (value: number): string => value.toLocaleString('en-US')
const shapeText = (shape: readonly number[]): string => shape.join('×')
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const formatSummary = ({ model, inputShape, rows, totals }: Omit<Summary, 'toString'>): string => {
  const cells = [
    ['layer', 'kind', 'output', 'parameters', 'multiply-adds'],
    ['input', '', shapeText(inputShape), '', ''],
    ...rows.map((row) => [
      row.layer,
      row.kind,
      shapeText(row.outputShape),
      row.parameters === 0 ? '' : grouped(row.parameters),
      row.multiplyAdds === 0 ? '' : grouped(row.multiplyAdds),
    ]),
    ['total', '', '', grouped(totals.parameters), grouped(totals.multiplyAdds)],
  ]
  const widths = cells[0]!.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, c) => (c < 2 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [
    model,
    line(cells[0]!),
    rule,
    ...cells.slice(1, -1).map(line),
    rule,
    line(cells.at(-1)!),
    `parameters ${mebibytes(totals.parameterBytes)}, activations ${mebibytes(totals.activationBytes)} per image (float32)`,
  ].join('\n')
}
