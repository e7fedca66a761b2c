import { createHash } from 'node:crypto'
import { createRandom } from '@retable/core/host'
import {
  compose,
  normalize,
  randomCrop,
  randomHorizontalFlip,
  resize,
  tenCrop,
} from '@retable/transforms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../dataset.js'
import { loader } from '../loader.js'
import type { LoaderOptions } from '../loader.js'
import type { Batch } from '../make-batch.js'
import { memoryDataset } from '../memory-dataset.js'
import { parseCifar10 } from '../parse-cifar.js'
import { randomSplit } from '../random-split.js'
import { subset } from '../subset.js'
import { synthetic } from '../synthetic.js'
import { cifar10, cifar100 } from './cifar.js'
import { cifar100Layout, cifar10Layout } from './cifar-layout.js'
import { datasetFromSpec } from './dataset-from-spec.js'
import { imagenet } from './imagenet/imagenet.js'
import { records, temporaryFolder, writeSmallCifar } from './testing/small-cifar.js'
import {
  below,
  devkitFiles,
  tarOfTars,
  trainFiles,
  valFiles,
  writeFiles,
} from './testing/small-imagenet.js'

/**
 * What holds for every data set, and for the loader over each of them. A new set is one more row of `sets`.
 */
let dir = ''
let remove = async () => {}
beforeAll(async () => {
  ;({ dir, remove } = await temporaryFolder())
  await writeSmallCifar(cifar10Layout, dir, 5)
  await writeSmallCifar(cifar100Layout, dir, 13, [20, 100])
  const tar = await tarOfTars(trainFiles)
  await writeFiles(dir, { ...below('imagenet/val', valFiles), ...below('imagenet', devkitFiles) })
  await writeFiles(dir, { 'imagenet/ILSVRC2012_img_train.tar': tar })
})
afterAll(() => remove())

const small = { recordsPerFile: 5 }
const own = new URL('./testing/own-set.mjs', import.meta.url).href

interface Row {
  readonly name: string
  /** opens the set again */
  readonly open: () => Dataset | Promise<Dataset>
  /** whether it can be opened from its spec */
  readonly described: boolean
  /** numbers of worker threads to load it with; default 2 */
  readonly workers?: readonly number[]
}

const sets: readonly Row[] = [
  {
    name: 'cifar10 train',
    open: () => cifar10({ dir, split: 'train', ...small }),
    described: true,
    workers: [1, 2, 3],
  },
  { name: 'cifar10 test', open: () => cifar10({ dir, split: 'test', ...small }), described: true },
  {
    name: 'cifar100, coarse',
    open: () => cifar100({ dir, split: 'train', labels: 'coarse', recordsPerFile: 13 }),
    described: true,
  },
  {
    name: 'imagenet, validation images, flat',
    open: () => imagenet({ dir, split: 'val', cacheDir: dir }),
    described: true,
  },
  {
    name: 'imagenet, training images in their tar, rescaled, quickly decoded',
    open: () =>
      imagenet({
        dir,
        split: 'train',
        cacheDir: dir,
        shorterSide: 24,
        decode: 'fast',
        broken: 'skip',
        classes: 'present',
      }),
    described: true,
    workers: [1, 2],
  },
  {
    name: 'parseCifar10',
    open: () => parseCifar10([records(7, 1), records(6, 2)]),
    described: false,
  },
  {
    name: 'synthetic',
    open: () => synthetic({ seed: 4, length: 23 }),
    described: true,
    workers: [1, 3],
  },
  {
    name: 'synthetic, large',
    open: () => synthetic({ seed: 'a', size: 48, classes: 12, split: 'test', length: 13 }),
    described: true,
  },
  {
    name: 'subset',
    open: async () =>
      subset(await cifar10({ dir, split: 'train', ...small }), [3, 24, 3, 0, 8, 9, 10, 11, 12]),
    described: true,
  },
  {
    name: 'split of a subset of a synthetic set',
    open: () =>
      randomSplit(
        subset(synthetic({ seed: 4, length: 90 }), { perClass: 4 }),
        [0.5, 0.5],
        createRandom(1),
      )[1]!,
    described: true,
  },
  {
    name: 'memory',
    open: () =>
      memoryDataset({
        name: 'stripes',
        classes: ['a', 'b'],
        store: {
          height: 8,
          width: 8,
          channels: 3,
          pixels: Uint8Array.from({ length: 11 * 192 }, (_, i) => (i * i) % 256),
          labels: Int32Array.from({ length: 11 }, (_, i) => i % 2),
        },
      }),
    described: false,
  },
  {
    name: 'a set of your own, by module',
    open: () =>
      datasetFromSpec({ kind: 'module', url: own, factory: 'gray', options: { length: 11 } }),
    described: true,
  },
]

const digest = async (dataset: Dataset): Promise<string> => {
  const hash = createHash('sha256')
  for (let i = 0; i < dataset.length; i++) {
    const { image, label } = await dataset.get(i)
    hash.update(JSON.stringify([label, image.height, image.width, image.channels]))
    hash.update(image.data as Uint8Array)
  }
  return hash.digest('hex')
}

describe.each(sets)('data set: $name', ({ open, described }) => {
  it('has examples of bytes whose labels are classes', async () => {
    const set = await open()
    expect(set.length).toBeGreaterThan(0)
    for (let i = 0; i < set.length; i++) {
      const { image, label } = await set.get(i)
      expect(image.data).toBeInstanceOf(Uint8Array)
      expect(image.data).toHaveLength(image.height * image.width * image.channels)
      expect(set.classes[label]).toBeTypeOf('string')
      if (set.labelAt !== undefined) expect(set.labelAt(i)).toBe(label)
    }
  })

  it('refuses an index that it does not have', async () => {
    const set = await open()
    for (const i of [-1, set.length, 0.5, NaN]) {
      await expect(async () => set.get(i)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining(`0 to ${set.length - 1}, found index ${i}`),
      })
    }
  })

  it('is the same whenever it is opened', async () => {
    const [a, b] = [await open(), await open()]
    expect(a.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(b.fingerprint).toBe(a.fingerprint)
    expect(await digest(b)).toBe(await digest(a))
    // And when asked twice, backwards.
    const last = a.length - 1
    expect(await a.get(last)).toEqual(await a.get(last))
  })

  it.runIf(described)('can be opened from its spec, through JSON', async () => {
    const set = await open()
    const again = await datasetFromSpec(JSON.parse(JSON.stringify(set.spec)))
    expect(again.name).toBe(set.name)
    expect(again.classes).toEqual(set.classes)
    expect(again.fingerprint).toBe(set.fingerprint)
    expect(await digest(again)).toBe(await digest(set))
  })
})

it('no two of the sets have one fingerprint', async () => {
  const prints = await Promise.all(sets.map(async ({ open }) => (await open()).fingerprint))
  expect(new Set(prints).size).toBe(sets.length)
})

const train = compose([
  resize({ size: 20 }),
  randomCrop({ size: 16, padding: 2 }),
  randomHorizontalFlip(),
  normalize({ mean: [0.5, 0.5, 0.5], std: [0.2, 0.25, 0.3] }),
])

const collect = async (batches: AsyncIterable<Batch>): Promise<Batch[]> => {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

describe.each(sets)('loader over: $name', { timeout: 180_000 }, ({ open, workers = [2] }) => {
  const options: LoaderOptions = {
    batchSize: 3,
    shuffle: true,
    random: createRandom(8).stream('loader'),
    transform: train,
  }

  it('gives the same bytes with any number of workers, prefetch and start', async () => {
    const set = await open()
    const expected = await collect(loader(set, options).epoch(2))
    expect(expected.flatMap((b) => [...b.indices]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: set.length }, (_, i) => i),
    )
    for (const count of workers) {
      const prefetch = [0, 0, 1, 7][count]!
      const l = loader(set, { ...options, workers: count, prefetch })
      const batches = await collect(l.epoch(2))
      expect(batches).toEqual(expected)
      expect(await collect(l.epoch(2, { startBatch: 2 }))).toEqual(expected.slice(2))
      expect(await l.batch(2, 1)).toEqual(expected[1])
      l.close()
    }
  })

  it('drops the last batch if asked to, and makes several views', async () => {
    const set = await open()
    const some = { ...options, batchSize: 4, dropLast: true, transform: tenCrop({ size: 6 }) }
    const expected = await collect(loader(set, some))
    expect(expected).toHaveLength(Math.floor(set.length / 4))
    for (const batch of expected) {
      expect(batch.shape).toEqual([40, 6, 6, 3])
      expect(batch.labels).toHaveLength(4)
    }
    if (workers.length === 1) return
    const l = loader(set, { ...some, workers: 2 })
    expect(await collect(l)).toEqual(expected)
    l.close()
  })
})
