import { expect, test } from 'vitest'
import { fuse, meanLoss } from './fuse.js'
import type { Prediction } from './prediction.js'
import { score } from './score.js'

const prediction = (rows: number[][], labels: number[]): Prediction => ({
  count: rows.length,
  classes: rows[0]!.length,
  posteriors: Float32Array.from(rows.flat()),
  losses: Float32Array.from(labels, (label, i) => -Math.log(rows[i]![label]!)),
  labels: Int32Array.from(labels),
  indices: Uint32Array.from(labels, (_, i) => i),
})

const a = prediction(
  [
    [0.9, 0.1],
    [0.4, 0.6],
  ],
  [0, 0],
)
const b = prediction(
  [
    [0.3, 0.7],
    [0.8, 0.2],
  ],
  [0, 0],
)

test('averages posteriors, worked by hand; two nets that are half wrong are right together', () => {
  const both = fuse([a, b])
  const expected = [0.6, 0.4, 0.6, 0.4]
  expected.forEach((p, i) => expect(both.posteriors[i]).toBeCloseTo(p, 6))
  expect(both.losses[1]).toBeCloseTo(-Math.log(0.6), 6)
  expect([score(a), score(b), score(both)].map((s) => s.top1Error)).toEqual([50, 50, 0])
})

test('weights count, whatever their sum', () => {
  const both = fuse([a, b], { weights: [3, 1] })
  expect(both.posteriors[0]).toBeCloseTo(0.75, 6)
  expect(both.losses[0]).toBeCloseTo(-Math.log(0.75), 6)
  expect([...fuse([a, b], { weights: [0, 2] }).posteriors]).toEqual([...b.posteriors])
})

test('three scales of equal weight are one average of all their crops', () => {
  const scales = [0.2, 0.5, 0.8].map((p) => prediction([[p, 1 - p]], [0]))
  expect(fuse(scales).posteriors[0]).toBeCloseTo(0.5, 6)
})

test('meanLoss of a class that nobody gives a chance is infinite, of a NaN NaN', () => {
  expect(meanLoss([Infinity, Infinity], [1, 1])).toBe(Infinity)
  expect(meanLoss([NaN, 1], [1, 1])).toBeNaN()
  expect(meanLoss([Infinity, 0], [1, 1])).toBeCloseTo(Math.log(2), 12)
})

test('ties go to the lower class, NaN is wrong', () => {
  expect(score(prediction([[0.5, 0.5]], [0])).top1Error).toBe(0)
  expect(score(prediction([[0.5, 0.5]], [1])).top1Error).toBe(100)
  expect(score(prediction([[NaN, NaN]], [0])).top1Error).toBe(100)
})

test.each([99, 2, -1])('label %i of two classes is refused, not counted', (label) => {
  const message = `the label of row 1 is ${label}, expected an integer from 0 to 1`
  const bad = { ...a, labels: Int32Array.from([0, label]) }
  expect(() => score(bad)).toThrow(message)
  expect(() => fuse([bad, bad])).toThrow(message)
})

test('a row without a label is refused', () => {
  const labels = Int32Array.from([0])
  expect(() => score({ ...a, labels })).toThrow('of 2 rows has as many labels, found 1')
})

test('predictions that do not line up, and bad weights, are refused', () => {
  expect(() => fuse([])).toThrow('fuse takes at least one prediction')
  expect(() => fuse([a, prediction([[1, 0]], [0])])).toThrow(
    'prediction 1 is of 1 examples in 2 classes',
  )
  expect(() =>
    fuse([
      a,
      prediction(
        [
          [1, 0],
          [1, 0],
        ],
        [0, 1],
      ),
    ]),
  ).toThrow('row 1 of prediction 1 is example 1 of class 1, expected example 1 of class 0')
  expect(() => fuse([a, b], { weights: [1] })).toThrow('fuse takes 2 weights of at least 0')
  expect(() => fuse([a, b], { weights: [0, 0] })).toThrow('not all 0')
  expect(() => fuse([a], { weight: [3] } as never)).toThrow('fuse has no option "weight"')
})
