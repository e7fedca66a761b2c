import type { LazyImage, Rescaling } from './lazy-image.js'
import { rescaleRow } from './rescale-across.js'
import { addRows, addTwoRows, putRow } from './rescale-down.js'

/** Rows of the source rescaled across, and one row of sums; grown when needed, read and written within one call only. */
let across = new Float32Array(0)
let sums = new Float64Array(0)

/** The window of the rescaled source that `p` asks for: rows of the source across first, then down. */
export const renderRescaled = (
  p: LazyImage,
  { rows, columns }: Rescaling,
  table: Float32Array,
  out: Float32Array | Uint8Array,
  offset: number,
): void => {
  const { source, height, width, channels } = p
  const bytes = !(source.data instanceof Float32Array)
  const length = width * channels
  const one = p.rows.start
  const other = p.rows.start + p.rows.step * (height - 1)
  const top = rows.first[Math.min(one, other)]!
  const bottom = rows.first[Math.max(one, other)]! + rows.count
  const needed = (bottom - top) * length
  if (across.length < needed) across = new Float32Array(needed)
  if (sums.length < length) sums = new Float64Array(length)
  const { start, step } = p.columns
  const twoRows = bytes && channels === 3 && rows.count === 2 && table.length > 0
  for (let y = top; y < bottom; y++) {
    const base = y * source.width * channels
    rescaleRow(source.data, base, channels, columns, start, step, width, across, (y - top) * length)
  }
  for (let y = 0; y < height; y++) {
    const place = p.rows.start + p.rows.step * y
    const first = (rows.first[place]! - top) * length
    const at = offset + y * length
    if (twoRows) {
      const a = rows.weights[2 * place]!
      const b = rows.weights[2 * place + 1]!
      addTwoRows(across, first, length, a, b, table, out, at)
    } else {
      addRows(across, first, length, rows, place, sums)
      putRow(sums, length, bytes, channels, table, out, at)
    }
  }
}
