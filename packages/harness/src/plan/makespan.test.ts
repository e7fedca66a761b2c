import { expect, test } from 'vitest'
import { defineUnit, type Unit } from '../unit/unit.js'
import { makespan } from './makespan.js'

const work = defineUnit<{ readonly name: string }>({
  kind: 'work',
  version: 1,
  run: () => ({ metrics: {} }),
})
const unit = (name: string, cost: number, needs: Readonly<Record<string, Unit>> = {}): Unit =>
  work({ config: { name }, cost, needs })
const seconds = (units: readonly Unit[], workers: number) =>
  makespan(units, workers, ({ cost }) => cost)

test('one worker takes the sum, and many the longest', () => {
  const units = [unit('a', 3), unit('b', 5), unit('c', 2)]
  expect(seconds(units, 1)).toBe(10)
  expect(seconds(units, 3)).toBe(5)
  expect(seconds(units, 64)).toBe(5)
})

test('the most expensive comes first', () => {
  // 5 beside 3 and 2; by name it would be 3 and 2 first: 2 + 5.
  expect(seconds([unit('a', 3), unit('b', 2), unit('c', 5)], 2)).toBe(5)
})

test('a unit waits for what it needs, and not for what is made already', () => {
  const net = unit('net', 10)
  const evaluation = unit('evaluation', 4, { net })
  expect(seconds([net, evaluation], 8)).toBe(14)
  expect(seconds([evaluation], 8)).toBe(4)
  // The second worker has nothing to do until the net is there.
  expect(seconds([net, evaluation, unit('other', 1)], 2)).toBe(14)
})

test('no units take no time', () => expect(seconds([], 4)).toBe(0))
