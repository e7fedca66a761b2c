import type { Dataset } from '@retable/datasets'
import { expect, test } from 'vitest'
import { batchesBySize } from './batches-by-size.js'
import type { EvaluationBatch } from './predict.js'

const widths = [4, 5, 4, 4, 5, 6, 4]
const dataset: Dataset = {
  name: 'widths',
  classes: ['a', 'b'],
  length: widths.length,
  fingerprint: 'none',
  get: (i) => ({
    image: {
      data: new Uint8Array(widths[i]! * 2).fill(i * 51),
      height: 2,
      width: widths[i]!,
      channels: 1,
    },
    label: i % 2,
  }),
}

const collect = async (data: AsyncIterable<EvaluationBatch>) => {
  const out: EvaluationBatch[] = []
  for await (const batch of data) out.push(batch)
  return out
}

test('every example once, in batches of one size, bytes as fractions', async () => {
  const batches = await collect(batchesBySize(dataset, { batchSize: 3 }))
  expect(batches.map(({ indices }) => [...indices])).toEqual([[0, 2, 3], [1, 4], [5], [6]])
  expect(batches[0]!.shape).toEqual([3, 2, 4, 1])
  expect(batches[1]!.shape).toEqual([2, 2, 5, 1])
  expect([...batches[1]!.labels]).toEqual([1, 0])
  expect(batches[0]!.images[8]).toBeCloseTo(0.4, 6) // example 2: byte 102
})

test('not more than `waiting` images wait', async () => {
  const batches = await collect(batchesBySize(dataset, { batchSize: 3, waiting: 2 }))
  expect(batches.flatMap(({ indices }) => [...indices]).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect([...batches[0]!.indices]).toEqual([0, 2])
})

test('prepare is applied; several views are refused; so are bad options', async () => {
  const negate = batchesBySize(dataset, {
    batchSize: 9,
    prepare: ({ data, ...size }) => ({ ...size, data: Float32Array.from(data, (x) => -x) }),
  })
  expect((await collect(negate))[0]!.images[8]).toBe(-102)
  const several = batchesBySize(dataset, { batchSize: 9, prepare: (image) => [image, image] })
  await expect(collect(several)).rejects.toThrow('prepare gives one image')
  expect(() => batchesBySize(dataset, { batchSize: 0 })).toThrow('at least 1, found 0')
  expect(() => batchesBySize(dataset, { batchSize: 1, prepar: 1 } as never)).toThrow(
    'batchesBySize has no option "prepar"; did you mean prepare?',
  )
})
