import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryDataset, pcaOfPixels, subset, synthetic } from '@retable/datasets'
import type { Dataset } from '@retable/datasets'
import { pixelStatistics } from '@retable/datasets/node'
import type { ServedData } from '@retable/harness/node'
import { centerCrop, compose, resize } from '@retable/transforms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitFiles } from '../../units/page/files.js'
import { serveData } from '../node/serve-data.js'
import { openPageData } from './open-page-data.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-page-data-'))
let served: ServedData | undefined
/** Answers as the command's server does, whatever data set is served. */
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const what = request.url!.split('/').at(-1)!
    void served!.answer(what, Buffer.concat(parts)).then((bytes) => {
      if (bytes) response.end(bytes)
      else response.writeHead(404).end()
    })
  })
})
beforeAll(async () => {
  process.env['RETABLE_CACHE'] = folder
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const small = synthetic({ seed: 3, split: 'train', size: 16 })
const pixelsOf = async (dataset: Dataset, i: number) => {
  const { image, label } = await dataset.get(i)
  return { ...image, data: [...image.data], label }
}

/** A data set as a page gets it from the server. */
const inPage = async (dataset: Dataset, set: string): Promise<Dataset> => {
  const { fingerprint } = dataset
  const request = { kind: set, split: 'train' }
  const data = { dataset, fingerprint }
  served = serveData(request, data)!
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`
  return (await openPageData(request, { fingerprint, description: served.description, url }))
    .dataset
}

test('a set that lies in memory comes whole, to the bit', async () => {
  const pixels = Uint8Array.from({ length: 5 * 4 * 4 * 3 }, (_, i) => (i * 37) % 256)
  const store = { height: 4, width: 4, channels: 3, pixels, labels: Int32Array.of(0, 1, 1, 0, 1) }
  const set = memoryDataset({ name: 'cifar10-train', classes: ['a', 'b'], store })
  const found = await inPage(set, 'cifar10')
  expect([found.name, found.length, found.fingerprint]).toEqual([set.name, 5, set.fingerprint])
  for (let i = 0; i < 5; i++) expect(await pixelsOf(found, i)).toEqual(await pixelsOf(set, i))
  expect(await pcaOfPixels(found)).toEqual(await pcaOfPixels(set))
})

test('photographs come one by one, of any size, and are measured by the server', async () => {
  // Without a store, as a set of files; a third of them lie on their side.
  const set: Dataset = {
    name: 'imagenet-train',
    classes: small.classes,
    length: 6,
    fingerprint: 'f'.repeat(64),
    labelAt: (i) => i % 3,
    get: async (i) => {
      const { image } = await small.get(i)
      const height = i % 3 === 0 ? 12 : 16
      return {
        image: { ...image, height, data: image.data.slice(0, height * 16 * 3) },
        label: i % 3,
      }
    },
  }
  const found = await inPage(set, 'imagenet')
  for (let i = 0; i < 6; i++) {
    expect(await pixelsOf(found, i)).toEqual(await pixelsOf(set, i))
    expect(found.labelAt!(i)).toBe(i % 3)
  }
  await expect(found.get(6)).rejects.toThrow('has no')
  const transform = compose([resize({ size: 10 }), centerCrop({ size: 10 })])
  const some = (of: Dataset) => subset(subset(of, [5, 4, 3, 0]), [1, 2, 3])
  const measured = await unitFiles.photographStatistics(some(found), transform)
  expect(measured).toEqual(await pixelStatistics(some(set), { transform }))
})

test('synthetic images are drawn in the page, and other sets need a server', async () => {
  expect(serveData({ kind: 'synthetic' }, { fingerprint: '' })).toBeUndefined()
  const request = { kind: 'synthetic', split: 'train', seed: 3, size: 16 }
  expect((await openPageData(request, {})).fingerprint).toBe(small.fingerprint)
  await expect(openPageData({ kind: 'cifar10', split: 'train' }, {})).rejects.toThrow(
    'this page has no cifar10 images',
  )
})
