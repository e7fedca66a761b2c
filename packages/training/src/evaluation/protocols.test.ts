import '@tensorflow/tfjs-backend-cpu'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parityNet, parityParams, parityScoreMap } from '../testing/parity-net.js'
import { predict, type EvaluationBatch } from './predict.js'
import type { Protocol } from './protocol.js'
import { asIs, centerCrop, dense, multiCrop, tenCrop } from './protocols.js'

interface Fixture {
  images: number[]
  shape: [number, number, number, number]
  labels: number[]
  params: Record<string, number[]>
  centerCrop: number[]
  tenCrop: { posteriors: number[]; scores: number[] }
  multiCrop: { posteriors: number[]; scores: number[] }
  dense: { mapSize: number[]; scores: number[]; posteriors: number[]; withoutMirror: number[] }
}
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/protocols.json', import.meta.url), 'utf8'),
) as Fixture

const batches = async function* (): AsyncGenerator<EvaluationBatch> {
  yield {
    images: Float32Array.from(fixture.images),
    labels: Int32Array.from(fixture.labels),
    indices: Uint32Array.from(fixture.labels, (_, i) => i),
    shape: fixture.shape,
  }
}

test.each<[string, Protocol, number[]]>([
  ['centerCrop', centerCrop(8), fixture.centerCrop],
  ['tenCrop', tenCrop(8), fixture.tenCrop.posteriors],
  ['tenCrop of scores', tenCrop(8, { average: 'scores' }), fixture.tenCrop.scores],
  ['multiCrop', multiCrop(8), fixture.multiCrop.posteriors],
  ['multiCrop of scores', multiCrop(8, { average: 'scores' }), fixture.multiCrop.scores],
  ['dense', dense(), fixture.dense.scores],
  ['dense of posteriors', dense({ positions: 'posteriors' }), fixture.dense.posteriors],
  ['dense without mirror', dense({ mirror: false }), fixture.dense.withoutMirror],
])('%s has PyTorch’s posteriors to 1e-6', async (_, protocol, expected) => {
  const params = parityParams(fixture.params, 8)
  const { posteriors, losses } = await predict({
    model: parityNet,
    params,
    scoreMap: parityScoreMap,
    data: batches(),
    protocol,
  })
  expect(posteriors).toHaveLength(expected.length)
  expected.forEach((p, i) => expect(Math.abs(posteriors[i]! - p)).toBeLessThan(1e-6))
  fixture.labels.forEach((label, i) =>
    expect(losses[i]).toBeCloseTo(-Math.log(expected[i * 3 + label]!), 5),
  )
})

test('the fixture tells the protocols apart', () => {
  expect(fixture.dense.mapSize).toEqual([2, 4])
  const all = [
    fixture.centerCrop,
    ...[fixture.tenCrop, fixture.multiCrop].flatMap((both) => [both.posteriors, both.scores]),
    fixture.dense.scores,
    fixture.dense.posteriors,
    fixture.dense.withoutMirror,
  ]
  const rounded = all.map((p) => p.map((value) => value.toFixed(3)).join())
  expect(new Set(rounded).size).toBe(all.length)
})

const corners = (protocol: Protocol, height: number, width: number) =>
  protocol.views(height, width).map(({ top, left, mirror }) => `${top},${left}${mirror ? 'm' : ''}`)

test('views, worked by hand', () => {
  expect(corners(centerCrop(4), 9, 6)).toEqual(['2,1']) // 2.5 goes to the even 2
  expect(corners(centerCrop(4), 7, 11)).toEqual(['2,4']) // 1.5 to 2, 3.5 to 4
  const five = ['0,0', '0,4', '6,0', '6,4', '3,2']
  expect(corners(tenCrop(4), 10, 8)).toEqual([...five, ...five.map((c) => `${c}m`)])
  expect(corners(multiCrop(4, { grid: 3, mirror: false }), 10, 8)).toEqual([
    '0,0',
    '0,2',
    '0,4',
    '3,0',
    '3,2',
    '3,4',
    '6,0',
    '6,2',
    '6,4',
  ])
  expect(corners(multiCrop(4, { grid: 1, mirror: false }), 10, 8)).toEqual(['3,2'])
  expect(multiCrop(224).views(256, 340)).toHaveLength(50)
  expect(corners(dense(), 10, 8)).toEqual(['0,0', '0,0m'])
  expect(corners(asIs(), 10, 8)).toEqual(['0,0'])
})

test('mirrored views are of the same windows, where the centre lies on half a pixel too', () => {
  // Room of 5 columns: the centre at 2.5 goes to 2. Of the mirror image that would be the window at 5 − 2 = 3.
  const five = ['0,0', '0,5', '0,0', '0,5', '0,2']
  expect(corners(tenCrop(4), 4, 9)).toEqual([...five, ...five.map((c) => `${c}m`)])
  const row = ['0,0', '0,1', '0,2', '0,4', '0,5'] // at 0, 1.25, 2.5, 3.75, 5
  const views = corners(multiCrop(4), 4, 9)
  expect(views.slice(0, 5)).toEqual(row)
  expect(views.slice(25, 30)).toEqual(row.map((c) => `${c}m`))
})

test('bad options, and images too small for a crop, are refused', () => {
  expect(() => centerCrop(0)).toThrow("a crop's size is a positive integer, found 0")
  expect(() => multiCrop(4, { grid: 0 })).toThrow('a grid is of at least 1 crop, found 0')
  expect(() => tenCrop(8).views(7, 9)).toThrow('crops of 8×8 do not fit into an image of 7×9')
  expect(() => dense({ positions: 'posteriors', average: 'scores' })).toThrow(
    "take average: 'posteriors'",
  )
})

test.each<[string, () => Protocol]>([
  ['asIs has no option "averge"; did you mean average?', () => asIs({ averge: 'scores' } as never)],
  [
    `asIs's average is 'posteriors' or 'scores', found "score"`,
    () => asIs({ average: 'score' as never }),
  ],
  ['tenCrop has no option "averge"', () => tenCrop(2, { averge: 'scores' } as never)],
  [
    `tenCrop's average is 'posteriors' or 'scores'`,
    () => tenCrop(2, { average: 'score' as never }),
  ],
  [
    'multiCrop has no option "grids"; did you mean grid?',
    () => multiCrop(2, { grids: 3 } as never),
  ],
  [
    `multiCrop's mirror is true or false, found "no"`,
    () => multiCrop(2, { mirror: 'no' as never }),
  ],
  ["multiCrop's average is", () => multiCrop(2, { average: null as never })],
  ['dense has no option "mirrors"; did you mean mirror?', () => dense({ mirrors: false } as never)],
  ["dense's mirror is true or false, found 0", () => dense({ mirror: 0 as never })],
  [
    `dense's positions is 'posteriors' or 'scores'`,
    () => dense({ positions: 'posterior' as never }),
  ],
  [`dense's average is 'posteriors' or 'scores'`, () => dense({ average: 'mean' as never })],
  ['dense takes its options as an object, found scores', () => dense('scores' as never)],
])('options that are none are refused: %s', (message, make) => {
  expect(make).toThrow(message)
})

test('specs are plain JSON and tell options apart', () => {
  const protocols = [
    asIs(),
    centerCrop(8),
    tenCrop(8),
    multiCrop(8),
    dense(),
    dense({ mirror: false }),
  ]
  const specs = protocols.map(({ spec }) => JSON.stringify(spec))
  expect(new Set(specs).size).toBe(protocols.length)
})
