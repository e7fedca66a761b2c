import { createRandom } from '@retable/core'
import { memoryDataset } from '@retable/datasets'
import { expect, test } from 'vitest'
import { measurePixels, testTransform, trainTransform, validationTransform } from './input.js'
import type { TrainInput } from './input.js'

/** 4×4 gray images: pixel p of image n is 10·n + p levels. */
const images = memoryDataset({
  name: 'ramps',
  classes: ['a', 'b'],
  store: {
    height: 4,
    width: 4,
    channels: 3,
    labels: Int32Array.from([0, 1]),
    pixels: Uint8Array.from(
      { length: 96 },
      (_, i) => 10 * Math.floor(i / 48) + Math.floor((i % 48) / 3),
    ),
  },
})

const input: TrainInput = {
  scale: [4, 4],
  crop: 2,
  flip: 0,
  color: false,
  pixels: 'levels',
  square: true,
  place: 'center',
  mean: 'image',
}

const one = async (i: number) => (await images.get(i)).image

test('the mean image is subtracted where the crop lies, and kept as plain JSON', async () => {
  const statistics = await measurePixels(images, input)
  expect(JSON.parse(JSON.stringify(statistics))).toEqual(statistics)
  const image = trainTransform(input, statistics)(await one(1), createRandom(1))
  if (Array.isArray(image)) throw new Error('one image is expected')
  const { data, height, width } = image as { data: Float32Array; height: number; width: number }
  expect([height, width]).toEqual([2, 2])
  // Image 1 lies 5 levels above the mean of the two everywhere.
  for (const value of data) expect(value).toBeCloseTo(5, 4)
})

test('training crops at the center, validation and test see the same pixels', async () => {
  const statistics = await measurePixels(images, { ...input, mean: 'rgb' })
  const plain: TrainInput = { ...input, mean: 'rgb' }
  const values = (image: unknown) => [...(image as { data: Float32Array }).data]
  const trained = values(trainTransform(plain, statistics)(await one(0), createRandom(1)))
  // Center: pixels 5, 6, 9, 10, less the mean over all pixels of both images, 12.5.
  expect(trained.filter((_, i) => i % 3 === 0).map((value) => Math.round(value * 10) / 10)).toEqual(
    [-7.5, -6.5, -3.5, -2.5],
  )
  const validated = values(validationTransform(plain, statistics)(await one(0), createRandom(1)))
  expect(validated).toEqual(trained)
  const tested = testTransform(4, 'levels', statistics, true)(await one(0), createRandom(1))
  expect(values(tested)).toHaveLength(48)
})

test('a mean image wants one scale', async () => {
  await expect(measurePixels(images, { ...input, scale: [4, 8] })).rejects.toThrow(
    /wants one training scale, found \[4, 8\]/,
  )
})
