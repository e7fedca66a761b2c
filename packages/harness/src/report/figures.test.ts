import { expect, test } from 'vitest'
import { curvesBehind } from '../node/testing/made-up-report.js'
import { figuresOf, type UnitBehind } from './figures.js'

const unit = (changes: Partial<UnitBehind> & { extra?: object }): UnitBehind => ({
  cell: 'a',
  seed: 1,
  distance: 0,
  net: 'n',
  label: 'net',
  unitSeed: 1,
  result: { curve: [], extra: (changes.extra ?? {}) as UnitBehind['result']['extra'] },
  ...changes,
})

test('the curves of a cell are those of the nearest net, one a seed, and not of what that one started from', () => {
  const start = curvesBehind('a', 2).map((one) => ({ ...one, net: 'start', distance: 2 }))
  const { curves } = figuresOf([...start, ...curvesBehind('a', 2), unit({})])
  expect(curves.map(({ label, cells }) => [label, cells])).toEqual([['net a', ['a']]])
  expect(curves[0]!.seeds.map(({ seed }) => seed)).toEqual([1, 2])
  expect(curves[0]!.seeds[1]!.curve[0]).toEqual({
    step: 10,
    epoch: 1,
    trainLoss: 4,
    validationLoss: 5,
  })
})

test('two cells that rest on one net share its curves', () => {
  const of = (cell: string) => curvesBehind('a', 2).map((one) => ({ ...one, cell }))
  const { curves } = figuresOf([...of('a'), ...of('b')])
  expect(curves).toHaveLength(1)
  expect(curves[0]!.cells).toEqual(['a', 'b'])
  expect(curves[0]!.seeds).toHaveLength(2)
})

test('several nets of one seed, as in an ensemble, are lines of one net by their own seeds', () => {
  const nets = curvesBehind('a', 5).map((one) => ({ ...one, seed: 1 }))
  const { curves } = figuresOf(nets)
  expect(curves[0]!.seeds.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5])
})

test('confusion matrices are summed over seeds', () => {
  const { confusion } = figuresOf([
    unit({ extra: { confusion: [5, 1, 2, 4], classes: ['cat', 'dog'] } }),
    unit({ seed: 2, unitSeed: 2, extra: { confusion: [6, 0, 3, 3] } }),
  ])
  expect(confusion).toEqual([
    {
      label: 'net',
      cells: ['a'],
      seeds: [1, 2],
      classes: ['cat', 'dog'],
      size: 2,
      counts: [11, 1, 5, 7],
    },
  ])
})

test('a matrix of more than a hundred classes is left out of the report', () => {
  const confusion = Array<number>(101 * 101).fill(0)
  expect(figuresOf([unit({ extra: { confusion } })]).confusion).toEqual([])
})

test('kernels are those of the lowest seed', () => {
  const kernels = (values: number[]) => ({ kernels: { shape: [1, 1, 1, 2], values, towers: 2 } })
  const found = figuresOf([
    unit({ seed: 2, unitSeed: 2, extra: kernels([3, 4]) }),
    unit({ extra: kernels([1, 2]) }),
  ]).kernels
  expect(found).toEqual([
    { label: 'net', cells: ['a'], seed: 1, shape: [1, 1, 1, 2], values: [1, 2], towers: 2 },
  ])
})

test.each([
  [{ confusion: [1, 2, 3] }, 'extra of unit "net" (seed 1): confusion holds k × k counts'],
  [{ confusion: 'x' }, 'confusion is a list of numbers'],
  [{ kernels: { shape: [2, 2, 1, 1], values: [1] } }, 'found shape [2, 2, 1, 1] and 1 values'],
  [{ kernels: { shape: [1, 1, 1, 3], values: [1, 2, 3], towers: 2 } }, '3 kernels do not divide'],
])('%j is refused with the unit’s name', (extra, message) => {
  expect(() => figuresOf([unit({ extra })])).toThrow(message)
})
