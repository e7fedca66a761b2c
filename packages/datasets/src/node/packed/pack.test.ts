import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Image } from '@retable/transforms'
import type { Dataset } from '../../dataset.js'
import { datasetFromSpec } from '../dataset-from-spec.js'
import { smallPacks } from '../testing/small-pack.js'
import { openPack } from './open-pack.js'
import { writePack } from './write-pack.js'

const { dir, set, remove } = await smallPacks()
afterAll(remove)

const examples = (of: Dataset) =>
  Promise.all(Array.from({ length: of.length }, async (_, i) => of.get(i)))

it('raw holds the same examples, under the same fingerprint', async () => {
  const file = join(dir, 'whole.pack')
  const pack = await openPack({ file })
  expect(await examples(pack)).toEqual(await examples(set))
  expect(pack.fingerprint).toBe(set.fingerprint)
  expect(pack.labelAt!(4)).toBe(999)
  const again = await datasetFromSpec(JSON.parse(JSON.stringify(pack.spec)))
  expect(await examples(again)).toEqual(await examples(set))
  // Once made, it is left alone; another set's is not written over.
  const made = (await stat(file)).mtimeMs
  await writePack(set, { file })
  expect((await stat(file)).mtimeMs).toBe(made)
  await expect(writePack(set, { file, encoding: 'jpeg' })).rejects.toMatchObject({
    code: 'mismatch',
    message: expect.stringMatching(/is there already: a pack of 5 images of imagenet-train \(raw/),
  })
})

it('jpeg is near, smaller, and another set', async () => {
  const file = join(dir, 'jpeg.pack')
  const pack = await openPack({ file })
  expect(pack.fingerprint).not.toBe(set.fingerprint)
  const [ours, theirs] = [await examples(pack), await examples(set)]
  let sum = 0
  let count = 0
  ours.forEach(({ image, label }, i) => {
    expect(label).toBe(theirs[i]!.label)
    expect(image).toMatchObject({ height: theirs[i]!.image.height, width: theirs[i]!.image.width })
    image.data.forEach((v, k) => (sum += Math.abs(v - theirs[i]!.image.data[k]!)))
    count += image.data.length
  })
  expect(sum / count).toBeLessThan(4)
})

it('jpeg is another set for each way of decoding', async () => {
  const file = join(dir, 'jpeg.pack')
  const [exact, fast] = [await openPack({ file }), await openPack({ file, decode: 'fast' })]
  expect(await examples(fast)).not.toEqual(await examples(exact))
  expect(fast.fingerprint).not.toBe(exact.fingerprint)
  expect((await datasetFromSpec(fast.spec!)).fingerprint).toBe(fast.fingerprint)
  expect((await openPack({ file: join(dir, 'whole.pack'), decode: 'fast' })).fingerprint).toBe(set.fingerprint) // prettier-ignore
  await expect(openPack({ file, decode: 'Fast' as 'fast' })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: 'decode is exact or fast, found "Fast"',
  })
})

/** A set of one example. */
const one = (image: Image, label = 0): Dataset => ({
  name: 'one',
  classes: ['a', 'b'],
  length: 1,
  fingerprint: 'one',
  get: () => ({ image, label }),
})

it.each(['raw', 'jpeg'] as const)(
  'takes clamped bytes, also a part of some: %s',
  async (encoding) => {
    const file = join(dir, `clamped-${encoding}.pack`)
    const data = new Uint8ClampedArray(100).fill(9, 10, 37).subarray(10, 37)
    await writePack(one({ data, height: 3, width: 3, channels: 3 }, 1), { file, encoding })
    const { image, label } = await (await openPack({ file })).get(0)
    expect(label).toBe(1)
    expect(image).toEqual({ data: new Uint8Array(27).fill(9), height: 3, width: 3, channels: 3 })
  },
)

const rgb: Image = { data: new Uint8Array(90), height: 6, width: 5, channels: 3 }
const invalidImages: readonly [string, string, Dataset][] = [
  ['invalid-shape', 'image 0 of one is 6×5×1 in 30 bytes; packs hold height×width×3', one({ ...rgb, data: new Uint8Array(30), channels: 1 })], // prettier-ignore
  ['invalid-shape', 'image 0 of one is 6×4×3 in 90 bytes; packs hold height×width×3', one({ ...rgb, width: 4 })], // prettier-ignore
  ['invalid-shape', 'image 0 of one is 0×5×3 in 0 bytes; packs hold height×width×3', one({ ...rgb, data: new Uint8Array(0), height: 0 })], // prettier-ignore
  ['invalid-argument', 'one has images of floats; packs hold bytes', one({ ...rgb, data: new Float32Array(90) })], // prettier-ignore
  ...[-1, 2, 0.5, NaN].map((label): [string, string, Dataset] => [
    'invalid-argument',
    `image 0 of one has label ${label}, expected 0 to 1`,
    one(rgb, label),
  ]),
]
it.each(invalidImages)('refuses what a pack cannot hold: %s, %s', async (code, message, wrong) => {
  for (const encoding of ['raw', 'jpeg'] as const) {
    const packing = writePack(wrong, { file: join(dir, 'wrong.pack'), encoding })
    await expect(packing).rejects.toMatchObject({ name: 'RetableError', code, message })
  }
})
