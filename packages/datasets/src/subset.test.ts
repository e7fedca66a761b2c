import { createRandom } from '@retable/core/host'
import { describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.js'
import { memoryDataset } from './memory-dataset.js'
import { randomSplit } from './random-split.js'
import { subset } from './subset.js'

/** Example i has the one pixel i and the label ⌊i / 2⌋ mod 3. */
const set = memoryDataset({
  name: 'numbers',
  classes: ['a', 'b', 'c'],
  store: {
    height: 1,
    width: 1,
    channels: 1,
    pixels: Uint8Array.from({ length: 20 }, (_, i) => i),
    labels: Int32Array.from({ length: 20 }, (_, i) => Math.floor(i / 2) % 3),
  },
})

const pixelsOf = async (dataset: Dataset): Promise<number[]> => {
  const pixels: number[] = []
  for (let i = 0; i < dataset.length; i++) pixels.push((await dataset.get(i)).image.data[0]!)
  return pixels
}

describe('subset', () => {
  it('keeps order and repetitions', async () => {
    const some = subset(set, [5, 3, 3, 19])
    expect(await pixelsOf(some)).toEqual([5, 3, 3, 19])
    expect(await some.get(3)).toMatchObject({ label: 0 })
    expect(() => some.get(4)).toThrow(/examples 0 to 3, found index 4/)
  })

  it('takes the start of a set, as a whole or of each class', async () => {
    expect(await pixelsOf(subset(set, { limit: 3 }))).toEqual([0, 1, 2])
    expect(subset(set, { limit: 300 }).length).toBe(20)
    // Labels run 0 0 1 1 2 2 0 0 1 1 …
    expect(await pixelsOf(subset(set, { perClass: 3 }))).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 10])
    const some = subset(set, { perClass: 3, limit: 7 })
    expect(await pixelsOf(some)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(some.labelAt!(6)).toBe(0)
    expect(() => subset(set, { limit: 0 })).toThrow(/limit is an integer of at least 1, found 0/)
    expect(() => subset(set, { perClass: 7 })).toThrow(
      /has 6 examples of class b, expected at least 7/,
    )
  })

  it('has a fingerprint of its own, by content', () => {
    expect(subset(set, [1, 2]).fingerprint).toBe(subset(set, Uint8Array.of(1, 2)).fingerprint)
    expect(subset(set, [1, 2]).fingerprint).not.toBe(subset(set, [2, 1]).fingerprint)
    expect(subset(set, [1, 2]).fingerprint).not.toBe(set.fingerprint)
  })

  it('refuses indices that are not there', () => {
    expect(() => subset(set, [0, 20])).toThrow('numbers has examples 0 to 19, found index 20')
    expect(() => subset(set, [-1])).toThrow(/found index -1/)
    expect(() => subset(set, [0.5])).toThrow(/found index 0.5/)
    expect(() => subset(set, [])).toThrow(/at least one index/)
  })
})

describe('randomSplit', () => {
  it('parts share nothing and hold all, the same at every call', async () => {
    const parts = randomSplit(set, [12, 5, 3], createRandom(11))
    const pixels = await Promise.all(parts.map(pixelsOf))
    expect(pixels.map((p) => p.length)).toEqual([12, 5, 3])
    expect(pixels.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(pixels.flat()).not.toEqual(Array.from({ length: 20 }, (_, i) => i))
    const again = randomSplit(set, [12, 5, 3], createRandom(11))
    expect(await Promise.all(again.map(pixelsOf))).toEqual(pixels)
    const other = randomSplit(set, [12, 5, 3], createRandom(12))
    expect(await Promise.all(other.map(pixelsOf))).not.toEqual(pixels)
  })

  it('takes fractions', () => {
    const lengths = (sizes: number[]) =>
      randomSplit(set, sizes, createRandom(1)).map((part) => part.length)
    expect(lengths([0.8, 0.2])).toEqual([16, 4])
    expect(lengths([1 / 3, 1 / 3, 1 / 3])).toEqual([7, 7, 6])
  })

  it('refuses sizes that do not add up', () => {
    const split = (sizes: number[]) => () => randomSplit(set, sizes, createRandom(1))
    expect(split([12, 5])).toThrow(/add up to the set's 20 examples.*found 12 \+ 5 = 17/)
    expect(split([0.5, 0.4])).toThrow(/found 0.5 \+ 0.4/)
    expect(split([20, 0])).toThrow(/found 20 \+ 0/)
    expect(split([0.97, 0.03])).toThrow(/would be empty/)
  })
})
