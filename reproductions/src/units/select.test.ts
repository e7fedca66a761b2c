import { memoryDataset } from '@retable/datasets'
import { expect, test } from 'vitest'
import { limited } from './select.js'

const labelled = (labels: readonly number[]) =>
  memoryDataset({
    name: 'labelled',
    classes: ['a', 'b', 'c'],
    store: {
      height: 1,
      width: 1,
      channels: 3,
      labels: Int32Array.from(labels),
      pixels: new Uint8Array(3 * labels.length),
    },
  })

const chosen = (labels: readonly number[], limit: number | null) => {
  const set = limited(labelled(labels), limit)
  return Array.from({ length: set.length }, (_, i) => set.labelAt!(i))
}

test('a limit takes the first examples, of a set sorted by class as many of each', () => {
  expect(chosen([2, 0, 1, 0, 2, 1], 3)).toEqual([2, 0, 1])
  expect(chosen([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], 3)).toEqual([0, 1, 2])
  expect(chosen([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], 6)).toEqual([0, 0, 1, 1, 2, 2])
})

test('without a limit, or with one beyond the end, all are there', () => {
  expect(chosen([0, 1, 2], null)).toEqual([0, 1, 2])
  expect(chosen([0, 1, 2], 9)).toEqual([0, 1, 2])
})
