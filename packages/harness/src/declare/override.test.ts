import { expect, test } from 'vitest'
import { takenNumbers, takesNumber, type Override } from './override.js'

const numbers = [-1, 0, 0.5, 1, 2.5, 7, 8, 1e300, Infinity, NaN]

test.each<[Override['takes'], number | undefined, number[], string]>([
  ['count', undefined, [1, 7, 8], 'a whole number of at least 1'],
  ['limit', undefined, [0, 1, 7, 8], 'a whole number of at least 0'],
  ['positive', undefined, [0.5, 1, 2.5, 7, 8, 1e300], 'a number above 0'],
  ['count', 7, [1, 7], 'a whole number of at least 1 and at most 7'],
])('a %s of at most %s takes %j: %s', (takes, most, taken, words) => {
  const override = { help: 'x', takes, ...(most !== undefined && { most }) }
  expect(numbers.filter((value) => takesNumber(override, value))).toEqual(taken)
  expect(takenNumbers(override)).toBe(words)
})
