import type { Random } from '@retable/core'

/** The bits of one draw of `Random.fillUniform`. */
const bitsOfDraw = 24

/** The fewest bits, at most 8, in which `rate` is a whole number of steps: 1 for 1/2, 2 for 1/4 and 3/4; 24 if 8 are too few. */
const bitsFor = (rate: number): number => {
  for (let bits = 1; bits <= 8; bits++) {
    if (Number.isInteger(rate * 2 ** bits)) return bits
  }
  return bitsOfDraw
}

/**
 * A dropout mask: 0 with probability `rate`, `kept` otherwise, for `length` units in memory order.
 *
 * A unit takes only as many bits of a draw as its rate needs, so that a draw serves 24 units at rate ½ (AlexNet's
 * two masks of 64 × 4096 take 22,000 draws rather than 524,000); rates that are no multiple of 2⁻⁸ take 24 bits a
 * unit, which makes them true to 2⁻²⁴. The comparison is a table's, free of branches that cannot be predicted.
 */
export const dropoutMask = (
  random: Random,
  rate: number,
  kept: number,
  length: number,
): Float32Array => {
  const bits = bitsFor(rate)
  if (bits === bitsOfDraw) {
    const mask = random.fillUniform(new Float32Array(length))
    for (let i = 0; i < length; i++) mask[i] = Number(mask[i]! >= rate) * kept
    return mask
  }
  const steps = 2 ** bits
  const table = Float32Array.from({ length: steps }, (_, i) => (i < rate * steps ? 0 : kept))
  const unitsOfDraw = Math.floor(bitsOfDraw / bits)
  const draws = random.fillUniform(new Float32Array(Math.ceil(length / unitsOfDraw)))
  const mask = new Float32Array(length)
  for (let unit = 0, draw = 0; unit < length; draw++) {
    let left = (draws[draw]! * 2 ** bitsOfDraw) | 0
    const end = Math.min(length, unit + unitsOfDraw)
    for (; unit < end; unit++) {
      mask[unit] = table[left & (steps - 1)]!
      left >>>= bits
    }
  }
  return mask
}
