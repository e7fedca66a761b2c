/**
 * The weights of a linear resampling along one axis: place i of the result is Σₖ weights[i·count + k] · source[first[i] + k],
 * k from 0 to count − 1. Every place named lies inside the source.
 */
export interface Taps {
  readonly count: number
  readonly first: Int32Array
  readonly weights: Float64Array
}

/** Bilinear interpolation with half-pixel centers: source coordinate (i + ½)·in/out − ½, clamped to the edge. */
const interpolation = (input: number, output: number): Taps => {
  const count = Math.min(2, input)
  const first = new Int32Array(output)
  const weights = new Float64Array(output * count)
  for (let i = 0; i < output; i++) {
    if (count === 1) {
      weights[i] = 1
      continue
    }
    const at = Math.min(input - 1, Math.max(0, (i + 0.5) * (input / output) - 0.5))
    const left = Math.min(Math.floor(at), input - 2)
    first[i] = left
    weights[2 * i] = 1 - (at - left)
    weights[2 * i + 1] = at - left
  }
  return { count, first, weights }
}

/**
 * The triangle filter, widened by in/out if the axis shrinks, cut off at the edges and normalized: what Pillow does,
 * and PyTorch with `antialias=True`. It is {@link interpolation} if the axis grows.
 */
const antialiased = (input: number, output: number): Taps => {
  const scale = input / output
  const support = Math.max(1, scale)
  const begins = new Int32Array(output)
  const ends = new Int32Array(output)
  let count = 1
  for (let i = 0; i < output; i++) {
    const center = scale * (i + 0.5)
    begins[i] = Math.max(0, Math.trunc(center - support + 0.5))
    ends[i] = Math.min(input, Math.trunc(center + support + 0.5))
    count = Math.max(count, ends[i]! - begins[i]!)
  }
  const first = new Int32Array(output)
  const weights = new Float64Array(output * count)
  for (let i = 0; i < output; i++) {
    const center = scale * (i + 0.5)
    const begin = begins[i]!
    const end = ends[i]!
    // A window shorter than the longest is moved back if it would reach past the edge; its spare weights are 0.
    first[i] = Math.min(begin, input - count)
    const at = i * count + begin - first[i]!
    let total = 0
    for (let k = begin; k < end; k++) {
      const weight = Math.max(0, 1 - Math.abs((k - center + 0.5) / support))
      weights[at + k - begin] = weight
      total += weight
    }
    for (let k = 0; k < end - begin; k++) weights[at + k] = weights[at + k]! / total
  }
  return { count, first, weights }
}

const KEPT = 256
const kept = new Map<string, Taps>()

/** The weights from `input` to `output` places, kept for the sizes asked for last. */
export const tapsFor = (input: number, output: number, antialias: boolean): Taps => {
  const key = `${input},${output},${antialias}`
  const known = kept.get(key)
  if (known !== undefined) return known
  // A growing axis needs no antialiasing: both filters are the same there.
  const taps =
    antialias && output < input ? antialiased(input, output) : interpolation(input, output)
  if (kept.size >= KEPT) kept.clear()
  kept.set(key, taps)
  return taps
}
