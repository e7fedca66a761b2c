import { insideOf } from './axis.js'
import { byteTable } from './byte-table.js'
import type { LazyImage } from './lazy-image.js'
import { lookByKernel, rescaleByKernel } from './pixel-kernels.js'
import { renderRescaled } from './render-rescaled.js'

type Values = Float32Array | Uint8Array | Uint8ClampedArray

const noTable = new Float32Array(0)

/** Copies `count` pixels from pixel `from` on, backwards if step is −1, bytes through `table` if it is not empty. */
const copyRow = (
  source: Values,
  from: number,
  step: number,
  count: number,
  channels: number,
  table: Float32Array,
  out: Values,
  at: number,
): void => {
  const jump = step * channels
  let s = from
  let o = at
  if (table.length === 0) {
    if (step === 1) {
      for (let end = at + count * channels; o < end; o++, s++) out[o] = source[s]!
      return
    }
    for (let x = 0; x < count; x++, s += jump) {
      for (let c = 0; c < channels; c++) out[o++] = source[s + c]!
    }
    return
  }
  if (channels === 3) {
    for (let x = 0; x < count; x++, s += jump, o += 3) {
      out[o] = table[source[s]!]!
      out[o + 1] = table[256 + source[s + 1]!]!
      out[o + 2] = table[512 + source[s + 2]!]!
    }
    return
  }
  for (let x = 0; x < count; x++, s += jump) {
    for (let c = 0; c < channels; c++) out[o++] = table[256 * c + source[s + c]!]!
  }
}

const fillRow = (
  fill: number,
  count: number,
  channels: number,
  table: Float32Array,
  out: Values,
  at: number,
): void => {
  for (let c = 0; c < channels; c++) {
    const value = table.length === 0 ? fill : table[256 * c + fill]!
    for (let o = at + c, end = at + count * channels; o < end; o += channels) out[o] = value
  }
}

/** The table that a lazy image's bytes go through, and the changes of value left to do afterwards. */
const split = (p: LazyImage): { table: Float32Array; rest: LazyImage['values'] } => {
  if (p.byteScale === undefined) return { table: noTable, rest: p.values }
  const first = p.values.findIndex((step) => step.ofValue === undefined)
  const tabled = first < 0 ? p.values.length : first
  return {
    table: byteTable(p.byteScale, p.channels, p.values.slice(0, tabled)),
    rest: p.values.slice(tabled),
  }
}

/** A window of the source as it is, and what lies outside it. */
const renderWindow = (
  p: LazyImage,
  table: Float32Array,
  out: Float32Array | Uint8Array,
  offset: number,
): void => {
  const { channels, height, width } = p
  const fill = p.fill ?? 0
  const down = insideOf(p.rows)
  const { from, to } = insideOf(p.columns)
  const inside = down.from === 0 && down.to === height && from === 0 && to === width
  if (inside && lookByKernel(p, table, out, offset)) return
  for (let y = 0; y < height; y++) {
    const at = offset + y * width * channels
    if (y < down.from || y >= down.to) {
      fillRow(fill, width, channels, table, out, at)
      continue
    }
    const row = (p.rows.start + p.rows.step * y) * p.source.width
    const first = (row + p.columns.start + p.columns.step * from) * channels
    if (from > 0) fillRow(fill, from, channels, table, out, at)
    const { data } = p.source
    copyRow(data, first, p.columns.step, to - from, channels, table, out, at + from * channels)
    if (to < width) fillRow(fill, width - to, channels, table, out, at + to * channels)
  }
}

/** Does what is recorded, into `out` from `offset` on: bytes if the result is bytes, float32 otherwise. */
export const render = (p: LazyImage, out: Float32Array | Uint8Array, offset: number): void => {
  const { table, rest } = split(p)
  const { channels, height, width } = p
  if (p.rescaling === undefined) renderWindow(p, table, out, offset)
  else if (!rescaleByKernel(p, p.rescaling, table, out, offset)) {
    renderRescaled(p, p.rescaling, table, out, offset)
  }
  if (rest.length === 0) return
  for (let y = 0; y < height; y++) {
    const at = offset + y * width * channels
    for (const step of rest) step.applyRow(out as Float32Array, at, y, width, channels)
  }
}
