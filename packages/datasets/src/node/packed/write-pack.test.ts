import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { takeLease } from '@retable/core/node'
import type { Dataset } from '../../dataset.js'
import { endOfImage, handleMethods, namesOf, smallPacks } from '../testing/small-pack.js'
import { openPack } from './open-pack.js'
import { writePack } from './write-pack.js'

const { dir, set, remove } = await smallPacks()
afterAll(remove)

it.each([0, 1, 30, 400, 700, 1200, 1900, 2600])(
  'broken off and cut to its first %i bytes, it is resumed to the same file',
  async (bytes) => {
    const [file, whole] = [join(dir, `cut-${bytes}.pack`), join(dir, 'whole.pack')]
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

it('does not resume what another set began, nor with bytes that are not right', async () => {
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
  const methods = await handleMethods<{ truncate: () => Promise<void> }>(join(dir, 'whole.pack'))
  const { truncate } = methods
  methods.truncate = () => Promise.reject(new Error('stopped'))
  try {
    await expect(writePack(set, { file })).rejects.toThrow('stopped')
  } finally {
    methods.truncate = truncate
  }
  await writePack(set, { file })
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
})

it('resumes before the first image that is not right, whatever lies after it', async () => {
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

it('takes the options that it has, and no other encoding', async () => {
  const file = join(dir, 'options.pack')
  await expect(writePack(set, { file, encoding: 'png' as never })).rejects.toThrow(
    'encoding is raw or jpeg, found "png"',
  )
  await expect(writePack(set, { file, encodng: 'jpeg' } as never)).rejects.toThrow(
    'writePack has no option "encodng"; did you mean encoding?',
  )
  await expect(openPack({ file, decoding: 'fast' } as never)).rejects.toThrow(
    'openPack has no option "decoding"',
  )
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
  expect(await namesOf(dir, 'two.')).toEqual(['two.pack'])
})

it('resumes what a dead process was writing', async () => {
  const [file, whole] = [join(dir, 'killed.pack'), await readFile(join(dir, 'whole.pack'))]
  const child = spawn('true')
  await once(child, 'exit')
  const lock = `${file}.lock`
  const lease = takeLease(lock)
  const holder = JSON.parse(await readFile(lock, 'utf8')) as object
  if (lease.taken) lease.release()
  await writeFile(lock, JSON.stringify({ ...holder, pid: child.pid, nonce: 'gone' }))
  await writeFile(`${file}.partial`, whole.subarray(0, endOfImage(whole, 1) + 10))
  let written = 0
  await writePack(set, { file, onProgress: () => written++ })
  expect(written).toBe(3)
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
  expect(await namesOf(dir, 'killed.')).toEqual(['killed.pack'])
})

it('does not write over what came to its place while it was made', async () => {
  const file = join(dir, 'late.pack')
  const onProgress = (done: number) => void (done === 5 && writeFileSync(file, 'something else\n'))
  await expect(writePack(set, { file, onProgress })).rejects.toMatchObject({ code: 'mismatch' })
  expect(await readFile(file, 'utf8')).toBe('something else\n')
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
  const methods = await handleMethods<{ write: Write }>(join(dir, 'whole.pack'))
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
    expect(await namesOf(dir, 'full.')).toEqual(['full.pack.partial'])
    space = 1e6
    await writePack(set, { file })
  } finally {
    methods.write = write
  }
  expect(Buffer.compare(await readFile(file), whole)).toBe(0)
})

it('says so if its file changed under it, or its folder does not exist', async () => {
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
  expect(await namesOf(dir, 'not-mounted')).toEqual([])
})

it('does not take a pack that was cut for one that is made', async () => {
  const file = join(dir, 'short.pack')
  await writeFile(file, (await readFile(join(dir, 'whole.pack'))).subarray(0, -5))
  await expect(writePack(set, { file })).rejects.toMatchObject({
    code: 'corrupt-data',
    message: `${file} is not whole: found 4 images, expected 5; remove it, or name it ${file}.partial: writePack resumes after the images before it`,
  })
})
