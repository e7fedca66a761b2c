import { checkRandom, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import type { Dataset } from './dataset.js'
import { subset } from './subset.js'

/** Example counts of parts given as counts, or as fractions of 1 (rounded down, what is left going to the first parts). */
const counts = (length: number, sizes: readonly number[]): readonly number[] => {
  const total = sizes.reduce((a, b) => a + b, 0)
  const fractions = sizes.every((s) => s > 0 && s < 1)
  if (fractions && Math.abs(total - 1) < 1e-9) {
    const floors = sizes.map((s) => Math.floor(s * length + 1e-9))
    const left = length - floors.reduce((a, b) => a + b, 0)
    return floors.map((n, i) => n + (i < left ? 1 : 0))
  }
  if (!sizes.every((s) => Number.isInteger(s) && s > 0) || total !== length) {
    throw new RetableError(
      'invalid-argument',
      `randomSplit takes counts that add up to the set's ${length} examples, or fractions that add up to 1; found ${sizes.join(' + ')} = ${total}`,
    )
  }
  return sizes
}

/**
 * Splits a set at random into parts that share no example and together hold all; PyTorch's `random_split`.
 *
 * `sizes` are counts that add up to the set's length, or fractions that add up to 1. Draws from
 * `random.stream('split')`.
 *
 * @throws RetableError `invalid-argument` if the sizes do not add up, or a part would be empty.
 * @example
 * const [train, validation] = randomSplit(all, [40_000, 10_000], createRandom(11))
 */
export const randomSplit = (
  dataset: Dataset,
  sizes: readonly number[],
  random: Random,
): readonly Dataset[] => {
  const order = checkRandom('randomSplit', random).stream('split').permutation(dataset.length)
  let start = 0
  return counts(dataset.length, sizes).map((n, k) => {
    if (n === 0) {
      throw new RetableError(
        'invalid-argument',
        `part ${k} of the split, ${sizes[k]} of ${dataset.length} examples, would be empty`,
      )
    }
    const part = order.subarray(start, start + n)
    start += n
    return subset(dataset, part)
  })
}
