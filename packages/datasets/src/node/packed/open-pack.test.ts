import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { endOfImage, smallPacks } from '../testing/small-pack.js'
import { openPack } from './open-pack.js'
import { writeRecord } from './pack-records.js'
import { writePack } from './write-pack.js'

const { dir, set, remove } = await smallPacks()
afterAll(remove)

const inHead = (from: string, to: string) => (pack: Buffer) =>
  Buffer.from(pack.toString('latin1').replace(from, to), 'latin1')

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
])('reports %s that has changed', async (_, name, change) => {
  const file = await damaged(name, change)
  const pack = await openPack({ file })
  expect((await pack.get(0)).label).toBe(0)
  await expect(async () => pack.get(1)).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `image 1 of ${file} is damaged: its checksum is not the one written; remove it, or name it ${file}.partial: writePack resumes after the images before it`,
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

it('reports a JPEG that was never one', async () => {
  const file = join(dir, 'never.pack')
  const line = (await readFile(join(dir, 'jpeg.pack'))).toString('latin1').split('\n')[0]!
  const record = writeRecord({ label: 0, height: 1, width: 1 }, Buffer.from('no picture'))
  await writeFile(file, Buffer.concat([Buffer.from(`${line}\n`, 'latin1'), ...Array<Buffer>(5).fill(record)])) // prettier-ignore
  await expect((await openPack({ file })).get(2)).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `image 2 of ${file} cannot be decoded: not an image`,
  })
})

it('reports a file that is no pack, is not there, or is not whole', async () => {
  const file = join(dir, 'short.pack')
  await expect(openPack({ file })).rejects.toMatchObject({ code: 'not-found' })
  await writeFile(file, 'no pack')
  await expect(openPack({ file })).rejects.toThrow(/is no pack/)
  await writeFile(file, (await readFile(join(dir, 'whole.pack'))).subarray(0, -5))
  await expect(openPack({ file })).rejects.toThrow(/is not whole: found 4 images, expected 5/)
})
