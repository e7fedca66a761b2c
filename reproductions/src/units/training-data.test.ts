import { createRandom } from '@retable/core'
import { synthetic } from '@retable/datasets'
import { expect, test } from 'vitest'
import type { TrainConfig } from './configs.js'
import { drawsOf, trainingData } from './training-data.js'

const data = { kind: 'synthetic', seed: 1, size: 8, length: 40 } as const

const config: TrainConfig = {
  net: { kind: 'cifarNet' },
  data,
  limit: null,
  validation: 0,
  input: { scale: [8, 8], crop: 6, flip: 0.5, color: false, pixels: 'levels' },
  learning: {
    batchSize: 20,
    length: { steps: 4 },
    optimizer: { kind: 'sgd' },
    schedule: { kind: 'constant', learningRate: 0.1 },
  },
  startFrom: null,
}

/** The first batch of an epoch. */
const firstBatch = async (changed: Partial<TrainConfig>, epoch: number = 0) => {
  const whole = { ...config, ...changed }
  const { batches } = await trainingData(whole, drawsOf(whole, createRandom(1)), () =>
    Promise.resolve({ dataset: synthetic({ seed: 1, size: 8, length: 40 }) }),
  )
  for await (const { indices, images } of batches.epoch(epoch)) {
    return { indices: [...indices], images: [...images] }
  }
  throw new Error('there is a batch')
}

test('each stage of a training goes through the images in an order and in crops of its own', async () => {
  const stages = await Promise.all(
    [{}, { stage: 2 }, { stage: 3 }, { stage: 4 }].map((stage) => firstBatch(stage)),
  )
  const different = (values: readonly unknown[]) =>
    new Set(values.map((v) => JSON.stringify(v))).size
  expect(different(stages.map(({ indices }) => indices))).toBe(4)
  expect(different(stages.map(({ images }) => images))).toBe(4)
  // A stage draws the same each time, and no stage repeats a later epoch of the first.
  expect(await firstBatch({ stage: 3 })).toEqual(stages[2])
  expect((await firstBatch({}, 1)).indices).not.toEqual(stages[1]!.indices)
})

test('the first stage, which has no number, and a seed’s own net draw what the seed draws', () => {
  const draw = (changed: Partial<TrainConfig>) =>
    drawsOf({ ...config, ...changed }, createRandom(7))
      .stream('data')
      .uniform()
  expect(draw({})).toBe(createRandom(7).stream('data').uniform())
  const draws = [draw({}), draw({ stage: 2 }), draw({ member: 2 }), draw({ member: 2, stage: 2 })]
  expect(new Set(draws).size).toBe(4)
})
