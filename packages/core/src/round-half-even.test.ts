import { expect, test } from 'vitest'
import { roundHalfEven } from './round-half-even.js'

test("rounds as Python's round does", () => {
  // [round(x) for x in (…)] in Python 3.
  const of = [0.5, 1.5, 2.5, -0.5, -1.5, 2.49, 2.51, -2.51, 7]
  expect(of.map(roundHalfEven).map((x) => x + 0)).toEqual([0, 2, 2, 0, -2, 2, 3, -3, 7])
})
