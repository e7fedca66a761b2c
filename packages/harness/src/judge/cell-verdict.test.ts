import { expect, test } from 'vitest'
import { formatNumber } from '../report/text/format-number.js'
import { compareCell, compareCount } from './cell-verdict.js'
import { roundedText } from './rounded-text.js'

const error = { better: 'lower', digits: 1 } as const

test('a cell is reproduced where the paper’s number lies where one more run of ours would', () => {
  // mean 27, sd √0.025: half = 2.776445 · 0.158114 · √(6/5) = 0.480896.
  const ours = [26.8, 26.9, 27, 27.1, 27.2]
  const found = compareCell(ours, 27.4, error)
  expect(found.verdict).toBe('reproduced')
  expect(found.delta).toBeCloseTo(-0.4, 10)
  expect(found.interval![0]).toBeCloseTo(27 - 0.4808945, 6)
  expect(found.interval![1]).toBeCloseTo(27 + 0.4808945, 6)
})

test('half of the paper’s last digit is allowed for; beyond it is better or worse', () => {
  const ours = [26.8, 26.9, 27, 27.1, 27.2]
  expect(compareCell(ours, 27.53, error).verdict).toBe('reproduced')
  expect(compareCell(ours, 27.54, error).verdict).toBe('better')
  expect(compareCell(ours, 26.4, error).verdict).toBe('worse')
  expect(compareCell(ours, 26.4, { ...error, better: 'higher' }).verdict).toBe('better')
})

test('an interval wider than the tolerance is inconclusive, and so is one seed', () => {
  const ours = [25, 26, 27, 28, 29]
  expect(compareCell(ours, 27.5, { ...error, tolerance: 1 })).toMatchObject({
    verdict: 'inconclusive',
    reason:
      'its interval is wider than ±1, and no number of seeds makes it narrower: the runs differ by more',
  })
  // t(0.975, 17)·√2.5·√(1 + 1/18) = 3.43, and 3.45 with one seed less.
  expect(compareCell(ours, 27.5, { ...error, tolerance: 3.43 }).reason).toBe(
    'its interval is wider than ±3.43; about 18 seeds of this spread make it narrower',
  )
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

test('fewer than five seeds are inconclusive, whatever they say, with the interval so far', () => {
  for (const paper of [27, 99]) {
    const found = compareCell([26.8, 27, 27.2, 27], paper, error)
    expect(found).toMatchObject({
      verdict: 'inconclusive',
      reason: '4 seeds, and a verdict takes at least 5',
    })
    expect(found.half).toBeCloseTo(3.182446 * Math.sqrt(0.08 / 3) * Math.sqrt(5 / 4), 5)
  }
})
