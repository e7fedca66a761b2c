import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, expect, it } from 'vitest'
import { readGroundTruth } from './devkit.js'
import { readMatStructs } from './mat-file.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-limits-'))
afterAll(() => rmSync(folder, { recursive: true }))

const mebibyte = 2 ** 20

/** A MAT file of one compressed element. */
const matOf = (inflated: Buffer): Buffer => {
  const head = Buffer.alloc(128)
  head.write('IM', 126, 'latin1')
  const data = deflateSync(inflated)
  const tag = Buffer.alloc(8)
  tag.writeUInt32LE(15, 0)
  tag.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, tag, data])
}

it('a meta.mat that inflates to more than 16 MiB is refused by name', () => {
  const bytes = matOf(Buffer.alloc(64 * mebibyte))
  expect(bytes.length).toBeLessThan(100_000)
  expect(() => readMatStructs('meta.mat', bytes, 'synsets')).toThrow(
    /^meta\.mat is not a level-5 MAT file that can be read: a compressed element is larger than 16777216 bytes$/,
  )
})

it('a devkit whose files are larger than 16 MiB is refused before they are read', async () => {
  const tar = pack()
  tar.entry({ name: 'ILSVRC2012_devkit_t12/data/meta.mat' }, Buffer.alloc(17 * mebibyte))
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar) parts.push(part as Buffer)
  const archive = join(folder, 'ILSVRC2012_devkit_t12.tar.gz')
  writeFileSync(archive, gzipSync(Buffer.concat(parts)))
  await expect(readGroundTruth({ kind: 'archive', files: [archive] })).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `cannot unpack ${archive}: meta.mat has 17825792 bytes, over the limit of 16777216`,
  })
  const large = pack()
  for (let i = 0; i < 9; i++) large.entry({ name: `${i}.bin` }, Buffer.alloc(16 * mebibyte))
  large.finalize()
  const all: Buffer[] = []
  for await (const part of large) all.push(part as Buffer)
  writeFileSync(archive, gzipSync(Buffer.concat(all), { level: 1 }))
  await expect(readGroundTruth({ kind: 'archive', files: [archive] })).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `cannot unpack ${archive}: it unpacks to more than 134217728 bytes`,
  })
  const meta = join(folder, 'meta.mat')
  writeFileSync(meta, '')
  truncateSync(meta, 17 * mebibyte)
  await expect(readGroundTruth({ kind: 'devkit', files: [meta, meta] })).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `${meta} has 17825792 bytes, expected at most 16777216: it is not the devkit's`,
  })
})
