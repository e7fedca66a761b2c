import '@tensorflow/tfjs-backend-cpu'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parityNet, parityParams, parityScoreMap } from '../testing/parity-net.js'
import { predict, type EvaluationBatch } from './predict.js'
import type { Protocol } from './protocol.js'
import * as transforms from '@retable/transforms'
import { cutView } from './cut-view.js'
import { asIs, centerCrop, dense, multiCrop, protocolFromSpec, tenCrop } from './protocols.js'
import type { ProtocolSpec } from './protocols.js'

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
  ['centerCrop', centerCrop({ size: 8 }), fixture.centerCrop],
  ['tenCrop', tenCrop({ size: 8 }), fixture.tenCrop.posteriors],
  ['tenCrop of scores', tenCrop({ size: 8, average: 'scores' }), fixture.tenCrop.scores],
  ['multiCrop', multiCrop({ size: 8 }), fixture.multiCrop.posteriors],
  ['multiCrop of scores', multiCrop({ size: 8, average: 'scores' }), fixture.multiCrop.scores],
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
  expect(corners(centerCrop({ size: 4 }), 9, 6)).toEqual(['2,1']) // 2.5 goes to the even 2
  expect(corners(centerCrop({ size: 4 }), 7, 11)).toEqual(['2,4']) // 1.5 to 2, 3.5 to 4
  const five = ['0,0', '0,4', '6,0', '6,4', '3,2']
  // The same five windows of the mirror image: what is left there is right here.
  const mirrored = ['0,4m', '0,0m', '6,4m', '6,0m', '3,2m']
  expect(corners(tenCrop({ size: 4 }), 10, 8)).toEqual([...five, ...mirrored])
  expect(corners(multiCrop({ size: 4, grid: 3, mirror: false }), 10, 8)).toEqual([
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
  expect(corners(multiCrop({ size: 4, grid: 1, mirror: false }), 10, 8)).toEqual(['3,2'])
  expect(multiCrop({ size: 224 }).views(256, 340)).toHaveLength(50)
  expect(corners(dense(), 10, 8)).toEqual(['0,0', '0,0m'])
  expect(corners(asIs(), 10, 8)).toEqual(['0,0'])
})

test('if the center lies on half a pixel, the mirror image’s lies beside it', () => {
  // Room of 5 columns: the center at 2.5 goes to 2; of the mirror image that is 5 − 2 = 3.
  const mirrored = ['0,5m', '0,0m', '0,5m', '0,0m', '0,3m']
  expect(corners(tenCrop({ size: 4 }), 4, 9).slice(5)).toEqual(mirrored)
  const row = ['0,0', '0,1', '0,2', '0,4', '0,5'] // at 0, 1.25, 2.5, 3.75, 5
  const views = corners(multiCrop({ size: 4 }), 4, 9)
  expect(views.slice(0, 5)).toEqual(row)
  expect(views.slice(25, 30)).toEqual(['0,5m', '0,4m', '0,3m', '0,1m', '0,0m'])
})

test.each([
  [9, 12],
  [12, 9],
  [11, 11],
  [8, 13],
])(
  'the crops of an image of %d×%d are those of the transforms of the same names',
  (height, width) => {
    const image = {
      height,
      width,
      channels: 3,
      data: Float32Array.from({ length: height * width * 3 }, (_, i) => i),
    }
    const cut = (protocol: Protocol) =>
      protocol
        .views(height, width)
        .map((view) => [...cutView(image.data, [1, height, width, 3], view)])
    const made = (images: readonly { readonly data: ArrayLike<number> }[]) =>
      images.map(({ data }) => Array.from(data))
    const size = 6
    expect(cut(centerCrop({ size }))).toEqual(made([transforms.centerCrop({ size })(image)]))
    expect(cut(tenCrop({ size }))).toEqual(made(transforms.tenCrop({ size })(image)))
    for (const grid of [2, 3, 5]) {
      const views = made(transforms.multiCrop({ size, grid })(image))
      expect(cut(multiCrop({ size, grid }))).toEqual(views)
    }
  },
)

test.each<ProtocolSpec>([
  { kind: 'asIs' },
  { kind: 'centerCrop', size: 8 },
  { kind: 'dense', mirror: false },
  { kind: 'multiCrop', size: 8, grid: 2 },
  { kind: 'tenCrop', size: 8, average: 'scores' },
])('%j makes the protocol, whose spec makes it again', (spec) => {
  const protocol = protocolFromSpec(spec)
  expect(protocol.spec).toMatchObject(spec)
  const again = protocolFromSpec(JSON.parse(JSON.stringify(protocol.spec)) as ProtocolSpec)
  expect(again.spec).toEqual(protocol.spec)
  expect(again.views(10, 12)).toEqual(protocol.views(10, 12))
})

test('an unknown protocol is named', () => {
  expect(() => protocolFromSpec({ kind: 'tenCrops' })).toThrow(
    'unknown protocol "tenCrops"; did you mean "tenCrop"',
  )
})

test('bad options, and images too small for a crop, are refused', () => {
  expect(() => centerCrop({ size: 0 })).toThrow("a crop's size is a positive integer, found 0")
  expect(() => multiCrop({ size: 4, grid: 0 })).toThrow('a grid is of at least 1 crop, found 0')
  expect(() => tenCrop({ size: 8 }).views(7, 9)).toThrow(
    'crops of 8×8 do not fit into an image of 7×9',
  )
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
  ['tenCrop has no option "averge"', () => tenCrop({ size: 2, averge: 'scores' } as never)],
  [
    `tenCrop's average is 'posteriors' or 'scores'`,
    () => tenCrop({ size: 2, average: 'score' as never }),
  ],
  [
    'multiCrop has no option "grids"; did you mean grid?',
    () => multiCrop({ size: 2, grids: 3 } as never),
  ],
  [
    `multiCrop's mirror is true or false, found "no"`,
    () => multiCrop({ size: 2, mirror: 'no' as never }),
  ],
  ["multiCrop's average is", () => multiCrop({ size: 2, average: null as never })],
  ['dense has no option "mirrors"; did you mean mirror?', () => dense({ mirrors: false } as never)],
  ["dense's mirror is true or false, found 0", () => dense({ mirror: 0 as never })],
  [
    `dense's positions is 'posteriors' or 'scores'`,
    () => dense({ positions: 'posterior' as never }),
  ],
  [`dense's average is 'posteriors' or 'scores'`, () => dense({ average: 'mean' as never })],
  ['dense takes its options as an object, found scores', () => dense('scores' as never)],
])('bad options are refused: %s', (message, make) => {
  expect(make).toThrow(message)
})

test('specs are plain JSON and tell options apart', () => {
  const protocols = [
    asIs(),
    centerCrop({ size: 8 }),
    tenCrop({ size: 8 }),
    multiCrop({ size: 8 }),
    dense(),
    dense({ mirror: false }),
  ]
  const specs = protocols.map(({ spec }) => JSON.stringify(spec))
  expect(new Set(specs).size).toBe(protocols.length)
})
