import type { Pending, Rescaling } from './pending.js'
import type { Taps } from './taps.js'

type Values = Float32Array | Uint8Array | Uint8ClampedArray

/** Rows of the source rescaled across, and one row of sums; grown when needed, read and written within one call only. */
let across = new Float32Array(0)
let sums = new Float64Array(0)

/** One row rescaled across: places start, start + step, … of the rescaled row, `width` of them. */
const rescaleRow = (
  source: Values,
  base: number,
  channels: number,
  { count, first, weights }: Taps,
  start: number,
  step: number,
  width: number,
  out: Float32Array,
  at: number,
): void => {
  let o = at
  if (channels === 3 && count === 2) {
    for (let x = 0, place = start; x < width; x++, place += step, o += 3) {
      const s = base + 3 * first[place]!
      const a = weights[2 * place]!
      const b = weights[2 * place + 1]!
      out[o] = a * source[s]! + b * source[s + 3]!
      out[o + 1] = a * source[s + 1]! + b * source[s + 4]!
      out[o + 2] = a * source[s + 2]! + b * source[s + 5]!
    }
    return
  }
  if (channels === 3) {
    for (let x = 0, place = start; x < width; x++, place += step, o += 3) {
      let s = base + 3 * first[place]!
      let red = 0
      let green = 0
      let blue = 0
      for (let w = place * count, end = w + count; w < end; w++, s += 3) {
        const weight = weights[w]!
        red += weight * source[s]!
        green += weight * source[s + 1]!
        blue += weight * source[s + 2]!
      }
      out[o] = red
      out[o + 1] = green
      out[o + 2] = blue
    }
    return
  }
  for (let x = 0, place = start; x < width; x++, place += step) {
    const from = base + channels * first[place]!
    for (let c = 0; c < channels; c++, o++) {
      let sum = 0
      for (let k = 0; k < count; k++) {
        sum += weights[place * count + k]! * source[from + k * channels + c]!
      }
      out[o] = sum
    }
  }
}

/** Adding and taking away 2⁵² rounds a value from 0 to 2⁵¹ to an integer, halves to even as `torch.round` does. */
const HALF_EVEN = 2 ** 52

/** One row of sums into its place: as it is, rounded to bytes, or rounded and through the table. */
const putRow = (
  row: Float64Array,
  length: number,
  bytes: boolean,
  channels: number,
  table: Float32Array,
  out: Values,
  at: number,
): void => {
  if (!bytes) {
    for (let i = 0; i < length; i++) out[at + i] = row[i]!
  } else if (table.length === 0) {
    for (let i = 0; i < length; i++) out[at + i] = row[i]! + HALF_EVEN - HALF_EVEN
  } else if (channels === 3) {
    for (let i = 0; i < length; i += 3) {
      out[at + i] = table[row[i]! + HALF_EVEN - HALF_EVEN]!
      out[at + i + 1] = table[256 + (row[i + 1]! + HALF_EVEN - HALF_EVEN)]!
      out[at + i + 2] = table[512 + (row[i + 2]! + HALF_EVEN - HALF_EVEN)]!
    }
  } else {
    for (let i = 0; i < length; i++) {
      out[at + i] = table[256 * (i % channels) + (row[i]! + HALF_EVEN - HALF_EVEN)]!
    }
  }
}

/** The window of the rescaled source that `p` asks for: rows of the source across first, then down. */
export const renderRescaled = (
  p: Pending,
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
  for (let y = top; y < bottom; y++) {
    const base = y * source.width * channels
    rescaleRow(source.data, base, channels, columns, start, step, width, across, (y - top) * length)
  }
  for (let y = 0; y < height; y++) {
    const place = p.rows.start + p.rows.step * y
    const first = (rows.first[place]! - top) * length
    if (rows.count === 2) {
      const a = rows.weights[2 * place]!
      const b = rows.weights[2 * place + 1]!
      for (let i = 0; i < length; i++)
        sums[i] = a * across[first + i]! + b * across[first + length + i]!
    } else {
      sums.fill(0, 0, length)
      for (let k = 0; k < rows.count; k++) {
        const weight = rows.weights[place * rows.count + k]!
        const from = first + k * length
        for (let i = 0; i < length; i++) sums[i] = sums[i]! + weight * across[from + i]!
      }
    }
    putRow(sums, length, bytes, channels, table, out, offset + y * length)
  }
}
