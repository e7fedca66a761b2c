import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { open, readFile, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Image } from '@retable/transforms'
import type { Dataset } from '../../dataset.js'
import { datasetFromSpec } from '../dataset-from-spec.js'
import { imagenet } from '../imagenet/imagenet.js'
import { temporaryFolder } from '../testing/small-cifar.js'
import { below, trainFiles, writeFiles } from '../testing/small-imagenet.js'
import { openPack } from './open-pack.js'
import { writeRecord } from './pack-records.js'
import { writePack } from './write-pack.js'

let dir = ''
let set: Dataset
let remove = async () => {}
beforeAll(async () => {
  ;({ dir, remove } = await temporaryFolder())
  await writeFiles(dir, below('train', trainFiles))
  set = await imagenet({ dir, split: 'train', cacheDir: dir, shorterSide: 16 })
})
afterAll(() => remove())

const examples = (of: Dataset) =>
  Promise.all(Array.from({ length: of.length }, async (_, i) => of.get(i)))

const namesOf = async (start: string) =>
  (await readdir(dir)).filter((name) => name.startsWith(start))

/** Where image i ends in a pack. */
const endOfImage = (pack: Buffer, i: number): number => {
  const from = i === 0 ? pack.indexOf('\n') + 1 : endOfImage(pack, i - 1)
  return from + 20 + pack.readUInt32LE(from + 12)
}

const inHead = (from: string, to: string) => (pack: Buffer) =>
  Buffer.from(pack.toString('latin1').replace(from, to), 'latin1')

it('raw holds the same examples, under the same fingerprint', async () => {
  const file = join(dir, 'raw.pack')
  await writePack(set, { file })
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
  await writePack(set, { file, encoding: 'jpeg' })
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
  expect((await openPack({ file: join(dir, 'raw.pack'), decode: 'fast' })).fingerprint).toBe(set.fingerprint) // prettier-ignore
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

it.each([0, 1, 30, 400, 700, 1200, 1900, 2600])(
  'broken off and cut to its first %i bytes, it is gone on with to the same file',
  async (bytes) => {
    const [file, whole] = [join(dir, `cut-${bytes}.pack`), join(dir, 'whole.pack')]
    await writePack(set, { file: whole })
    const stop = new AbortController()
    const broken = writePack(set, {
      file,
      signal: stop.signal,
      onProgress: (done) => done === 3 && stop.abort(),
    })
    await expect(broken).rejects.toMatchObject({ code: 'interrupted' })
    await expect(stat(file)).rejects.toThrow()
    const partial = `${file}.partial`
    if (bytes < (await stat(partial)).size) await truncate(partial, bytes)
    await writePack(set, { file })
    expect(Buffer.compare(await readFile(file), await readFile(whole))).toBe(0)
  },
)

it('does not go on with what another set began, nor with bytes that are not right', async () => {
  const [file, whole] = [join(dir, 'other.pack'), join(dir, 'whole.pack')]
  await writeFile(`${file}.partial`, 'something else\n')
  await writePack(set, { file })
  expect(Buffer.compare(await readFile(file), await readFile(whole))).toBe(0)
  const second = join(dir, 'damaged.pack')
  const bytes = await readFile(whole)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(`${second}.partial`, bytes)
  await writePack(set, { file: second })
  expect(Buffer.compare(await readFile(second), await readFile(whole))).toBe(0)
})

it("takes no other set's images for its own, wherever it was stopped", async () => {
  const [file, whole] = [join(dir, 'stopped.pack'), await readFile(join(dir, 'whole.pack'))]
  const other: Dataset = {
    ...set,
    fingerprint: '0'.repeat(set.fingerprint.length),
    get: async (i) => ({ ...(await set.get(i)), label: 7 }),
  }
  await writePack(other, { file })
  await rename(file, `${file}.partial`)
  const handle = await open(join(dir, 'whole.pack'))
  await handle.close()
  const methods = Object.getPrototypeOf(handle) as { truncate: () => Promise<void> }
  const { truncate } = methods
  methods.truncate = () => Promise.reject(new Error('stopped'))
  await expect(writePack(set, { file })).rejects.toThrow('stopped')
  methods.truncate = truncate
  await writePack(set, { file })
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
})

it('goes on before the first image that is not right, whatever lies after it', async () => {
  const [file, whole] = [join(dir, 'power-cut.pack'), await readFile(join(dir, 'whole.pack'))]
  const second = endOfImage(whole, 1)
  const zeros = Buffer.concat([whole.subarray(0, second), Buffer.alloc(4096)])
  const hole = Buffer.from(whole).fill(0, second + 100, second + 200)
  const label = Buffer.from(whole)
  label.writeUInt32LE(1000, second)
  for (const found of [zeros, hole, label]) {
    await writeFile(`${file}.partial`, found)
    let written = 0
    await writePack(set, { file, onProgress: () => written++ })
    expect(written).toBe(3)
    expect(Buffer.compare(await readFile(file), whole)).toBe(0)
    await rm(file)
  }
  await writeFile(`${file}.partial`, zeros)
  await expect(writePack(set, { file, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'interrupted',
    message: 'stopped after checking 0 of 5 images packed before',
  })
})

it('is written by one at a time', async () => {
  const [file, whole] = [join(dir, 'two.pack'), await readFile(join(dir, 'whole.pack'))]
  let [begin, go] = [() => {}, () => {}]
  const begun = new Promise<void>((done) => (begin = done))
  const gate = new Promise<void>((done) => (go = done))
  const slow: Dataset = {
    ...set,
    get: async (i) => {
      begin()
      await gate
      return set.get(i)
    },
  }
  const first = writePack(slow, { file })
  await begun
  for (const encoding of ['raw', 'jpeg'] as const) {
    await expect(writePack(set, { file, encoding })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /two\.pack is being written by process \d+ of .+ since .+; wait/,
      ),
    })
  }
  go()
  await first
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
  expect(await namesOf('two.')).toEqual(['two.pack'])
})

it('goes on with what a process that is gone was writing', async () => {
  const [file, whole] = [join(dir, 'killed.pack'), await readFile(join(dir, 'whole.pack'))]
  const child = spawn('true')
  await once(child, 'exit')
  const holder = { pid: child.pid, host: hostname(), started: 'boot:1', since: '', nonce: 'gone' }
  await writeFile(`${file}.lock`, JSON.stringify(holder))
  await writeFile(`${file}.partial`, whole.subarray(0, endOfImage(whole, 1) + 10))
  let written = 0
  await writePack(set, { file, onProgress: () => written++ })
  expect(written).toBe(3)
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
  expect(await namesOf('killed.')).toEqual(['killed.pack'])
})

it('does not write over what came to its place while it was made', async () => {
  const file = join(dir, 'late.pack')
  const onProgress = (done: number) => void (done === 5 && writeFileSync(file, 'something else\n'))
  await expect(writePack(set, { file, onProgress })).rejects.toMatchObject({ code: 'mismatch' })
  expect(await readFile(file, 'utf8')).toBe('something else\n')
})

/** A file with the bytes of a pack changed, whose image 1 has its record from `at` on. */
const damaged = async (name: string, change: (pack: Buffer, at: number) => Buffer | void) => {
  const pack = await readFile(join(dir, name))
  const file = join(dir, 'changed.pack')
  await writeFile(file, change(pack, endOfImage(pack, 0)) ?? pack)
  return file
}

it.each<[string, string, (pack: Buffer, at: number) => void]>([
  ['a pixel', 'whole.pack', (pack, at) => void (pack[at + 500]! ^= 1)],
  ['half an image', 'whole.pack', (pack, at) => void pack.fill(0, at + 600, endOfImage(pack, 1))],
  ['a label', 'whole.pack', (pack, at) => void (pack[at]! ^= 1)],
  ['a checksum', 'whole.pack', (pack, at) => void (pack[at + 17]! ^= 1)],
  ['bytes of a JPEG', 'jpeg.pack', (pack, at) => void pack.fill(0x55, at + 400, at + 500)],
  ['the height of a JPEG', 'jpeg.pack', (pack, at) => void (pack[at + 4]! ^= 1)],
])('tells of %s that has changed', async (_, name, change) => {
  const file = await damaged(name, change)
  const pack = await openPack({ file })
  expect((await pack.get(0)).label).toBe(0)
  await expect(async () => pack.get(1)).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `image 1 of ${file} is damaged: its checksum is not the one written; remove it, or name it ${file}.partial: writePack goes on with the images before`,
  })
  await rename(file, `${file}.partial`)
  await writePack(set, { file, encoding: name === 'jpeg.pack' ? 'jpeg' : 'raw' })
  expect(Buffer.compare(await readFile(file), await readFile(join(dir, name)))).toBe(0)
})

it.each<[RegExp, (pack: Buffer, at: number) => Buffer | void]>([
  [/^image 1 of .+ has label 65536, expected 0 to 999; remove it/, (pack, at) => void pack.writeUInt32LE(65536, at)], // prettier-ignore
  [/^image 1 of .+ has \d+ bytes, expected \d+ for 9999×\d+×3/, (pack, at) => void pack.writeUInt32LE(9999, at + 4)], // prettier-ignore
  [/^image 1 of .+ is empty/, (pack, at) => void pack.fill(0, at)],
  [/^.+ has 7 bytes after its last image/, (pack) => Buffer.concat([pack, Buffer.alloc(7)])],
  [/^the first line of .+ has encoding "zst", expected "raw" or "jpeg"$/, inHead('"raw"', '"zst"')],
  [/^the first line of .+ has length "5", expected a whole number$/, inHead('"length":5', '"length":"5"')], // prettier-ignore
  [/^the first line of .+ has no name, classes or source$/, inHead('"classes"', '"clashes"')],
])('does not open: %s', async (message, change) => {
  const file = await damaged('whole.pack', change)
  await expect(openPack({ file })).rejects.toMatchObject({
    code: 'corrupt-data',
    message: expect.stringMatching(message),
  })
})

it('does not open, nor write over, a pack of a later version', async () => {
  const file = await damaged('whole.pack', inHead('"version":1', '"version":2'))
  const refusal = {
    code: 'mismatch',
    message: expect.stringMatching(
      /is a pack of version 2, expected 1; a newer @retable\/datasets/,
    ),
  }
  await expect(openPack({ file })).rejects.toMatchObject(refusal)
  await expect(writePack(set, { file })).rejects.toMatchObject(refusal)
})

it('tells of a JPEG that was never one', async () => {
  const file = join(dir, 'never.pack')
  const line = (await readFile(join(dir, 'jpeg.pack'))).toString('latin1').split('\n')[0]!
  const record = writeRecord({ label: 0, height: 1, width: 1 }, Buffer.from('no picture'))
  await writeFile(file, Buffer.concat([Buffer.from(`${line}\n`, 'latin1'), ...Array<Buffer>(5).fill(record)])) // prettier-ignore
  await expect((await openPack({ file })).get(2)).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `image 2 of ${file} cannot be decoded: not an image`,
  })
})

type Write = (
  this: unknown,
  bytes: Uint8Array,
  from: number,
  length: number,
  at: number,
) => Promise<{ readonly bytesWritten: number }>

it('writes every byte, and says what keeps it from that', async () => {
  const [file, whole] = [join(dir, 'full.pack'), await readFile(join(dir, 'whole.pack'))]
  const handle = await open(join(dir, 'whole.pack'))
  await handle.close()
  const methods = Object.getPrototypeOf(handle) as { write: Write }
  const { write } = methods
  let space = endOfImage(whole, 1)
  methods.write = async function (bytes, from, length, at) {
    const count = Math.min(1000, space, length)
    if (count === 0) throw Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' })
    space -= count
    return write.call(this, bytes, from, count, at)
  }
  try {
    await expect(writePack(set, { file })).rejects.toMatchObject({
      code: 'unavailable',
      message: `cannot write ${file}.partial: no space is left on the disk`,
    })
    expect(await namesOf('full.')).toEqual(['full.pack.partial'])
    space = 1e6
    await writePack(set, { file })
  } finally {
    methods.write = write
  }
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
})

it('says so where its file changed under it, or its place is none', async () => {
  const file = join(dir, 'under.pack')
  const onProgress = (done: number) => void (done === 5 && truncateSync(`${file}.partial`, 100))
  await expect(writePack(set, { file, onProgress })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/under\.pack\.partial has 100 bytes, expected the \d+ written/),
  })
  await expect(stat(file)).rejects.toThrow()
  const below = join(dir, 'whole.pack', 'x.pack')
  const refusal = { code: 'unavailable', message: `cannot read ${below}: a part of the path is no folder` } // prettier-ignore
  await expect(writePack(set, { file: below })).rejects.toMatchObject(refusal)
  await expect(openPack({ file: below })).rejects.toMatchObject(refusal)
  const nowhere = join(dir, 'not-mounted', 'x.pack')
  await expect(writePack(set, { file: nowhere })).rejects.toMatchObject({
    code: 'unavailable',
    message: `cannot write ${nowhere}: there is no such file or folder`,
  })
  expect(await namesOf('not-mounted')).toEqual([])
})

it('does not take a pack that was cut for one that is made', async () => {
  const file = await damaged('whole.pack', (pack) => pack.subarray(0, -5))
  await expect(writePack(set, { file })).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `${file} is not whole: found 4 images, expected 5; remove it, or name it ${file}.partial: writePack goes on with the images before`,
  })
})

it('tells of a file that is no pack, is not there, or is not whole', async () => {
  const file = join(dir, 'short.pack')
  await expect(openPack({ file })).rejects.toMatchObject({ code: 'not-found' })
  await writeFile(file, 'no pack')
  await expect(openPack({ file })).rejects.toThrow(/is no pack/)
  await writeFile(file, (await readFile(join(dir, 'whole.pack'))).subarray(0, -5))
  await expect(openPack({ file })).rejects.toThrow(/is not whole: found 4 images, expected 5/)
})
