import type { Image } from './image.js'
import type { Taps } from './taps.js'

/** One row rescaled across: places start, start + step, … of the rescaled row, `width` of them. */
export const rescaleRow = (
  source: Image['data'],
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
