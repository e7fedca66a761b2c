import type { Taps } from './taps.js'

type Values = Float32Array | Uint8Array

const HALF_EVEN = 2 ** 52

/** A value from 0 to 255 as an integer, halves to even as `torch.round` does: 2⁵² has no room for the fraction. */
const toByte = (value: number): number => (value + HALF_EVEN - HALF_EVEN) | 0

/** One row of sums into its place: as it is, rounded to bytes, or rounded and through the table. */
export const putRow = (
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
    for (let i = 0; i < length; i++) out[at + i] = toByte(row[i]!)
  } else if (channels === 3) {
    for (let i = 0; i < length; i += 3) {
      out[at + i] = table[toByte(row[i]!)]!
      out[at + i + 1] = table[256 + toByte(row[i + 1]!)]!
      out[at + i + 2] = table[512 + toByte(row[i + 2]!)]!
    }
  } else {
    for (let i = 0; i < length; i++) {
      out[at + i] = table[256 * (i % channels) + toByte(row[i]!)]!
    }
  }
}

/** The weighted sum of the rows that rescaled row `place` is made of, into `total`: two rows at a time. */
export const addRows = (
  source: Float32Array,
  first: number,
  length: number,
  { count, weights }: Taps,
  place: number,
  total: Float64Array,
): void => {
  const w = place * count
  let from = first
  if (count === 1) {
    for (let i = 0; i < length; i++) total[i] = weights[w]! * source[from + i]!
    return
  }
  for (let k = 0; k + 1 < count; k += 2, from += 2 * length) {
    const a = weights[w + k]!
    const b = weights[w + k + 1]!
    const next = from + length
    if (k === 0) {
      for (let i = 0; i < length; i++) total[i] = a * source[from + i]! + b * source[next + i]!
    } else {
      for (let i = 0; i < length; i++) {
        total[i] = total[i]! + a * source[from + i]! + b * source[next + i]!
      }
    }
  }
  if (count % 2 === 0) return
  const a = weights[w + count - 1]!
  if (a === 0) return
  for (let i = 0; i < length; i++) total[i] = total[i]! + a * source[from + i]!
}

/** {@link addRows} and {@link putRow} in one, for the commonest case: two rows of bytes in three channels, a table. */
export const addTwoRows = (
  source: Float32Array,
  first: number,
  length: number,
  a: number,
  b: number,
  table: Float32Array,
  out: Values,
  offset: number,
): void => {
  let at = offset
  let above = first
  let below = first + length
  for (const end = at + length; at < end; at += 3, above += 3, below += 3) {
    out[at] = table[toByte(a * source[above]! + b * source[below]!)]!
    out[at + 1] = table[256 + toByte(a * source[above + 1]! + b * source[below + 1]!)]!
    out[at + 2] = table[512 + toByte(a * source[above + 2]! + b * source[below + 2]!)]!
  }
}
