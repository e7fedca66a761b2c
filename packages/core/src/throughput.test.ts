import { expect, test } from 'vitest'
import { createThroughput } from './throughput.js'

const timed = (options: {
  windowSeconds?: number
  warmUpMarks?: number
  warmUpSeconds?: number
}) => {
  let time = 500
  const throughput = createThroughput({ now: () => time, ...options })
  return {
    throughput,
    /** After so many more seconds, so much is done. */
    after: (seconds: number, done: number) => {
      time += seconds
      throughput.reach(done)
    },
    wait: (seconds: number) => (time += seconds),
  }
}

test('the first mark begins the count: what came before it, however long, is no speed', () => {
  const { throughput, after } = timed({})
  expect([throughput.perSecond(), throughput.secondsEach(), throughput.start()]).toEqual([
    ...[undefined, undefined, undefined],
  ])
  after(60, 10)
  expect(throughput.start()).toEqual({ at: 560, done: 10 })
  expect([throughput.perSecond(), throughput.secondsEach()]).toEqual([undefined, undefined])
  after(2, 14)
  expect(throughput.perSecond()).toBe(2)
  expect(throughput.secondsEach()).toBe(0.5)
})

test('the recent speed looks back over its window; the mean counts every pause since the start', () => {
  const { throughput, after, wait } = timed({ windowSeconds: 10 })
  after(1, 0)
  after(10, 10)
  after(30, 100)
  after(5, 200)
  expect(throughput.perSecond()).toBe(20)
  expect(throughput.secondsEach()).toBe(45 / 200)
  wait(5)
  expect(throughput.secondsEach()).toBe(50 / 200)
})

test('warming up takes several marks, but no longer than it may', () => {
  const quick = timed({ warmUpMarks: 3, warmUpSeconds: 6 })
  for (const [seconds, done] of [[9, 1], [1, 2], [1, 3], [2, 4]] as const) quick.after(seconds, done) // prettier-ignore
  expect(quick.throughput.secondsEach()).toBe(2)
  const slow = timed({ warmUpMarks: 3, warmUpSeconds: 6 })
  slow.after(60, 1)
  slow.after(8, 2)
  expect(slow.throughput.secondsEach()).toBe(8)
})
