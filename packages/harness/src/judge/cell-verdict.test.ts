import { expect, test } from 'vitest'
import { formatNumber } from '../report/text/format-number.js'
import { compareCell, compareCount } from './cell-verdict.js'
import { roundedText } from './rounded-text.js'

const error = { better: 'lower', digits: 1 } as const

test('a cell is reproduced where the paper’s number lies where one more run of ours would', () => {
  // mean 27, sd 0.2: half = 4.302653 · 0.2 · √(4/3) = 0.993655.
  const ours = [26.8, 27, 27.2]
  const found = compareCell(ours, 27.9, error)
  expect(found.verdict).toBe('reproduced')
  expect(found.delta).toBeCloseTo(-0.9, 10)
  expect(found.interval![0]).toBeCloseTo(27 - 0.9936551, 6)
  expect(found.interval![1]).toBeCloseTo(27 + 0.9936551, 6)
})

test('half of the paper’s last digit is allowed for; beyond it is better or worse', () => {
  const ours = [26.8, 27, 27.2]
  expect(compareCell(ours, 28.04, error).verdict).toBe('reproduced')
  expect(compareCell(ours, 28.05, error).verdict).toBe('better')
  expect(compareCell(ours, 25.9, error).verdict).toBe('worse')
  expect(compareCell(ours, 25.9, { ...error, better: 'higher' }).verdict).toBe('better')
})

test('an interval wider than the tolerance is inconclusive, and so is one seed', () => {
  const ours = [25, 27, 29]
  expect(compareCell(ours, 27.5, { ...error, tolerance: 1 }).verdict).toBe('inconclusive')
  expect(compareCell(ours, 27.5, error).verdict).toBe('reproduced')
  expect(compareCell([27], 27, error)).toMatchObject({ verdict: 'inconclusive', delta: 0 })
})

test('a count is equal at the paper’s precision', () => {
  expect(compareCount(138.357544, 138, { digits: 0 }).verdict).toBe('equal')
  expect(compareCount(138.557544, 138, { digits: 0 }).verdict).toBe('differs')
})

test('seeds without spread say nothing of one more run: inconclusive, and no interval', () => {
  for (const [values, paper] of [
    [[90, 90], 89.96],
    [[90, 90, 90], 90.1],
    [[90, 90, 90], 90],
    [[0.3 - 0.2, 0.1, 1.1 - 1], 0.1],
  ] as const) {
    expect(compareCell(values, paper, error)).toMatchObject({
      verdict: 'inconclusive',
      interval: null,
    })
  }
  expect(compareCell([90, 90, 90], 90.1, error).delta).toBeCloseTo(-0.1, 10)
})

test('what is printed alike is equal: a half goes away from zero, and what rounds to 0 has no sign', () => {
  expect(compareCount(9.35, 9.4, { digits: 1 }).verdict).toBe('equal')
  expect(compareCount(-0.04, 0, { digits: 1 }).verdict).toBe('equal')
  expect(compareCount(9.34, 9.4, { digits: 1 }).verdict).toBe('differs')
  expect(compareCount(1234567.5, 1234568, { digits: 0 }).verdict).toBe('equal')
  for (const value of [9.35, -0.04, 0.05, 2.675, 1.005, 1234.5]) {
    for (const digits of [0, 1, 2]) {
      expect(roundedText(value, digits)).toBe(formatNumber(value, digits).replaceAll(',', ''))
    }
  }
})
