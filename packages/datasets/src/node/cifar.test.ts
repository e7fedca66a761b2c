import { createHash } from 'node:crypto'
import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cifar10Format } from '../cifar-format.js'
import { parseCifar10 } from '../parse-cifar.js'
import { records, smallArchive, temporaryFolder, writeSmallCifar } from './testing/small-cifar.js'
import { cifar10, cifar100, openCifar } from './cifar.js'
import { cifar100Layout, cifar10Layout } from './cifar-layout.js'

let dir = ''
let remove = async () => {}
beforeAll(async () => ({ dir, remove } = await temporaryFolder()))
afterAll(() => remove())

const fresh = async (name: string): Promise<string> => {
  const path = join(dir, name)
  await mkdir(path, { recursive: true })
  return path
}

describe('cifar10 from a folder', () => {
  it('reads the training files in order, from the folder or the one that holds it', async () => {
    const data = await fresh('good')
    const folder = await writeSmallCifar(cifar10Layout, data, 4)
    const train = await cifar10({ dir: data, split: 'train', recordsPerFile: 4 })
    const expected = parseCifar10([0, 1, 2, 3, 4].map((i) => records(4, i)))
    expect(train.length).toBe(20)
    expect(train.name).toBe('cifar10-train')
    expect(Buffer.compare(train.store!.pixels, expected.store!.pixels)).toBe(0)
    expect([...train.store!.labels]).toEqual([...expected.store!.labels])
    expect(train.fingerprint).toBe(expected.fingerprint)
    const test = await cifar10({ dir: folder, split: 'test', recordsPerFile: 4 })
    const bytes = await readFile(join(folder, 'test_batch.bin'))
    expect(test.length).toBe(4)
    expect(test.fingerprint).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('takes a folder of any name that holds the files', async () => {
    const odd = await fresh('odd')
    await writeFile(join(odd, 'test_batch.bin'), records(3, 0))
    expect((await cifar10({ dir: odd, split: 'test', recordsPerFile: 3 })).length).toBe(3)
    await expect(cifar10({ dir: odd, split: 'train' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('data_batch_1.bin is missing; expected data_batch_1.bin,'),
    })
  })

  it('names a truncated file, one that is too long, and a bad label', async () => {
    const data = await fresh('bad')
    const folder = await writeSmallCifar(cifar10Layout, data, 4)
    const open = () => cifar10({ dir: data, split: 'train', recordsPerFile: 4 })
    const file = join(folder, 'data_batch_3.bin')
    // A whole number of records short is truncated all the same.
    await truncate(file, 3 * 3073)
    await expect(open()).rejects.toMatchObject({
      code: 'corrupt-data',
      message: `${file} is truncated: found 9219 bytes, expected 12292 (4 records of 3073 bytes)`,
    })
    await writeFile(file, records(4, 2))
    await appendFile(file, 'x')
    await expect(open()).rejects.toMatchObject({
      code: 'corrupt-data',
      message: `${file} is too long: found 12293 bytes, expected 12292 (4 records of 3073 bytes)`,
    })
    const bad = records(4, 2)
    bad[2 * 3073] = 255
    await writeFile(file, bad)
    await expect(open()).rejects.toThrow(
      `${file}: record 2 (byte 6146) has label 255, expected 0 to 9`,
    )
    await rm(file)
    await expect(open()).rejects.toMatchObject({ code: 'not-found' })
  })

  it('expects the official 10,000 records unless told otherwise', async () => {
    const data = await fresh('short')
    await writeSmallCifar(cifar10Layout, data, 4)
    await expect(cifar10({ dir: data, split: 'test' })).rejects.toThrow(
      /test_batch.bin is truncated: found 12292 bytes, expected 30730000 \(10000 records/,
    )
  })

  it('tells the version for Python from a damaged archive', async () => {
    for (const name of ['cifar-10-python.tar.gz', 'cifar-10-batches-py']) {
      const data = await fresh(`python-${name}`)
      await writeFile(join(data, name), 'pickles')
      const message = expect.stringContaining(
        `${join(data, name)} is the version for Python, and the binary version is needed: Put cifar-10-binary.tar.gz`,
      ) as string
      await expect(cifar10({ dir: data, split: 'test' })).rejects.toMatchObject({
        code: 'not-found',
        message,
      })
    }
    const archive = join(dir, 'python-cifar-10-python.tar.gz/cifar-10-python.tar.gz')
    await expect(cifar10({ dir: archive, split: 'test' })).rejects.toThrow('version for Python')
    // The binary version beside it is what counts.
    const both = await fresh('python-both')
    await writeFile(join(both, 'cifar-10-python.tar.gz'), 'pickles')
    await writeSmallCifar(cifar10Layout, both, 4)
    expect((await cifar10({ dir: both, split: 'test', recordsPerFile: 4 })).length).toBe(4)
  })

  it('says what to put where when there is nothing', async () => {
    const empty = await fresh('empty')
    await expect(cifar10({ dir: empty, split: 'train' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        /empty holds no cifar-10-batches-bin\/ and no cifar-10-binary.tar.gz. Put .*c32a1d4ab5d03f1284b67883e8d87530.*https:\/\/www.cs.toronto.edu/,
      ),
    })
    await expect(cifar10({ dir: join(dir, 'nowhere'), split: 'train' })).rejects.toThrow(
      /there is no folder .*nowhere/,
    )
    await expect(cifar10({ dir: empty, split: 'val' as 'test' })).rejects.toThrow(
      'cifar10 has the splits train and test, found "val"',
    )
  })
})

describe('cifar10 from an archive', () => {
  it('reads it in place, as the folder', async () => {
    const data = await fresh('archive')
    const { bytes, layout } = await smallArchive(cifar10Layout, 4)
    const archive = join(data, layout.archive)
    await writeFile(archive, bytes)
    const expected = parseCifar10([0, 1, 2, 3, 4].map((i) => records(4, i)))
    for (const where of [data, archive]) {
      const set = await openCifar(cifar10Format, layout, { dir: where, split: 'train' })
      expect(set.fingerprint).toBe(expected.fingerprint)
      expect(Buffer.compare(set.store!.pixels, expected.store!.pixels)).toBe(0)
    }
  })

  it('verifies the published checksum first', async () => {
    const data = await fresh('forged')
    const { bytes } = await smallArchive(cifar10Layout, 4)
    await writeFile(join(data, 'cifar-10-binary.tar.gz'), bytes)
    const found = createHash('md5').update(bytes).digest('hex')
    await expect(cifar10({ dir: data, split: 'test' })).rejects.toMatchObject({
      code: 'corrupt-data',
      message: expect.stringContaining(
        `found MD5 ${found}, expected c32a1d4ab5d03f1284b67883e8d87530`,
      ),
    })
  })

  it('says so if an archive with the right checksum is no archive, or lacks a file', async () => {
    const data = await fresh('broken')
    const { bytes, layout } = await smallArchive(cifar10Layout, 2)
    const file = join(data, layout.archive)
    const open = async (content: Buffer, names = layout.files) => {
      await writeFile(file, content)
      const md5 = createHash('md5').update(content).digest('hex')
      const expecting = { ...layout, md5, files: names }
      return openCifar(cifar10Format, expecting, { dir: data, split: 'test' })
    }
    await expect(open(bytes.subarray(0, bytes.length - 9000))).rejects.toMatchObject({
      code: 'corrupt-data',
      message: expect.stringContaining(`cannot unpack ${file}`),
    })
    await expect(open(Buffer.from('no gzip at all'))).rejects.toMatchObject({
      code: 'corrupt-data',
    })
    await expect(open(bytes, { train: [], test: ['other.bin'] })).rejects.toThrow(
      /holds no other.bin/,
    )
  })
})

describe('cifar100', () => {
  it('reads both label sets', async () => {
    const data = await fresh('hundred')
    await writeSmallCifar(cifar100Layout, data, 6, [20, 100])
    const fine = await cifar100({ dir: data, split: 'train', recordsPerFile: 6 })
    const coarse = await cifar100({
      dir: data,
      split: 'train',
      recordsPerFile: 6,
      labels: 'coarse',
    })
    expect(fine.classes[99]).toBe('worm')
    expect(coarse.classes[19]).toBe('vehicles_2')
    expect([...fine.store!.labels]).toEqual([1, 2, 3, 4, 5, 6])
    expect([...coarse.store!.labels]).toEqual([0, 1, 2, 3, 4, 5])
    expect(fine.fingerprint).not.toBe(coarse.fingerprint)
  })
})
