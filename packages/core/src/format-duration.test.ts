import { expect, test } from 'vitest'
import { formatDuration } from './format-duration.js'

test('durations as people read them', () => {
  expect([0, 0.42, 9.96, 12, 59.4, 59.7, 60, 185, 3599.6, 7620].map(formatDuration)).toEqual([
    ...['0.0 s', '0.4 s', '10 s', '12 s', '59 s', '1 min 0 s', '1 min 0 s', '3 min 5 s'],
    ...['1 h 0 min', '2 h 7 min'],
  ])
  expect([172_800, 260_000].map(formatDuration)).toEqual(['2 d 0 h', '3 d 0 h'])
  expect([86_399_999, 86_400_000, 7.9e9].map(formatDuration)).toEqual([
    '999 d 23 h',
    '3 years',
    '250 years',
  ])
})
