import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '@retable/core/host'
import { centerCrop, compose, randomCrop, randomScale, resize } from '@retable/transforms'
import type { Image, Transform } from '@retable/transforms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import numpy from '../../fixtures/imagenet.json' with { type: 'json' }
import { imagenet } from './imagenet/imagenet.js'
import { pixelStatistics } from './pixel-statistics.js'
import { temporaryFolder } from './testing/small-cifar.js'
import { below, trainFiles, writeFiles } from './testing/small-imagenet.js'

let dir = ''
let remove = async () => {}
beforeAll(async () => ({ dir, remove } = await temporaryFolder()))
afterAll(() => remove())

const close = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < found.length; i++) {
    expect(Math.abs(found[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance)
  }
}
const open = async () => {
  await writeFiles(dir, below('train', trainFiles))
  return imagenet({ dir, split: 'train', cacheDir: dir })
}

it("equals numpy's of Pillow's crops exactly, and of its resized crops to one gray level", async () => {
  const set = await open()
  for (const [which, transform, tolerance] of [
    ['cropped', centerCrop({ size: 16 }), 1e-7],
    ['resized', compose([resize({ size: 16 }), centerCrop({ size: 16 })]), 1 / 255],
  ] as const) {
    const expected = numpy[which]
    const found = await pixelStatistics(set, { transform, cacheDir: join(dir, which) })
    close(found.channels.mean, expected.mean, Math.min(tolerance, 1e-3))
    close(found.channels.std, expected.std, Math.min(tolerance, 1e-3))
    close(found.meanImage.data, expected.meanImage, tolerance)
    close(found.pca.covariance.flat(), expected.covariance.flat(), Math.min(tolerance, 1e-3))
    close(found.pca.eigenvalues, expected.eigenvalues, Math.min(tolerance, 1e-3))
  }
})

it('is found once a set and transform, and read again to the bit', async () => {
  const set = await open()
  let decoded = 0
  const counting = { ...set, get: (i: number) => (decoded++, set.get(i)) }
  const cacheDir = join(dir, 'statistics')
  const ask = (size: number) =>
    pixelStatistics(counting, { transform: centerCrop({ size }), cacheDir })
  const first = await ask(12)
  expect(decoded).toBe(set.length)
  expect(await ask(12)).toEqual(first)
  expect(decoded).toBe(set.length)
  await ask(10)
  expect(decoded).toBe(2 * set.length)
  // Of a damaged file nothing is believed.
  const damages = [
    (text: string) => text.slice(0, 500),
    (text: string) => text.replace(/"mean":\[0\.\d/, '"mean":[0.0'),
    () => '{}',
    () => '',
  ]
  for (const damage of damages) {
    for (const name of await readdir(cacheDir)) {
      await writeFile(join(cacheDir, name), damage(await readFile(join(cacheDir, name), 'utf8')))
    }
    expect(await ask(12)).toEqual(first)
  }
})

it('is not kept for a transform with a function of your own, which its spec does not tell from another', async () => {
  const set = await open()
  const cacheDir = join(dir, 'custom')
  const crop = centerCrop({ size: 8 })
  const brighten = (by: number) => (image: Image) => ({
    ...image,
    data: (image.data as Uint8Array).map((v) => Math.min(255, v + by)),
  })
  const plain = (by: number) => ((image: Image) => brighten(by)(crop(image))) as Transform
  for (const make of [plain, (by: number) => compose([crop, brighten(by)])]) {
    const ask = async (by: number) =>
      (await pixelStatistics(set, { transform: make(by), cacheDir })).channels.mean[0]!
    expect(await ask(50)).toBeGreaterThan(await ask(0))
  }
  await expect(readdir(cacheDir)).rejects.toThrow('ENOENT')
})

it('reports an unknown option', async () => {
  const options = { transform: centerCrop({ size: 8 }), cachedir: dir }
  await expect(pixelStatistics(await open(), options)).rejects.toThrow(
    'pixelStatistics has no option "cachedir"; did you mean cacheDir?',
  )
})

it('refuses a transform that draws', async () => {
  const set = await open()
  for (const transform of [
    compose([resize({ size: 16 }), randomCrop({ size: 8 })]),
    randomScale({ min: 8, max: 16 }),
    ((image: Image, random: Random) => (random.uniform() < 1 ? image : image)) as Transform,
  ]) {
    await expect(pixelStatistics(set, { transform, cacheDir: dir })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('the transform of pixelStatistics draws at random'),
    })
  }
})
