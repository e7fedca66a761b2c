import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { imagenetFolders, labels, pixels } from '../testing/imagenet-folders.js'
import { below, fileBytes, trainFiles, valFiles } from '../testing/small-imagenet.js'
import type { ImageNetOptions } from './imagenet.js'

const { remove, folder, open } = await imagenetFolders()
afterAll(remove)

describe('images that cannot be decoded', () => {
  const files = {
    ...trainFiles,
    'n01440764/n01440764_5.JPEG': fileBytes('truncated'),
    'n02119789/n02119789_9.JPEG': fileBytes('text'),
    'n02119789/n02119789_3.JPEG': fileBytes('png'),
  }

  it('are named when they are asked for', async () => {
    const dir = await folder(below('train', files))
    const set = await open(dir, 'train')
    expect(set.length).toBe(8)
    await expect(set.get(1)).rejects.toMatchObject({
      code: 'corrupt-data',
      message: `${join(dir, 'train/n01440764/n01440764_5.JPEG')} cannot be decoded: premature end of JPEG image; replace the file, or leave such images out with broken: 'skip'`,
    })
    expect((await set.get(4)).image).toMatchObject({ height: 24, width: 32, channels: 3 })
    expect(set.broken).toEqual([])
  })

  it('are listed and left out if asked to, and the list is kept', async () => {
    const dir = await folder(below('train', files))
    const seen: string[] = []
    const onProgress = (phase: string, done: number, of?: number) =>
      void seen.push(`${phase} ${done} ${of}`)
    const cacheDir = join(dir, 'cache')
    const set = await open(dir, 'train', { broken: 'skip', cacheDir, onProgress })
    expect(set.broken).toEqual([
      { path: 'n01440764/n01440764_5.JPEG', reason: 'premature end of JPEG image' },
      { path: 'n02119789/n02119789_9.JPEG', reason: 'not an image' },
    ])
    expect(set.length).toBe(6)
    expect(labels(set)).toEqual(['tench', 'tench', 'kit fox', 'kit fox', 'toilet tissue', 'toilet tissue']) // prettier-ignore
    await pixels(set)
    expect(seen.at(-1)).toBe('checking 8 8')
    expect(set.fingerprint).not.toBe((await open(dir, 'train')).fingerprint)
    const before = seen.length
    expect((await open(dir, 'train', { broken: 'skip', cacheDir, onProgress })).fingerprint).toBe(set.fingerprint) // prettier-ignore
    expect(seen).toHaveLength(before)
    // Of a damaged list nothing is believed.
    const list = join(
      cacheDir,
      (await readdir(cacheDir)).find((name) => name.endsWith('.broken'))!,
    )
    const text = await readFile(list, 'utf8')
    for (const damaged of ['{}', text.slice(0, 150), text.replace('_5.JPEG', '_9.JPEG')]) {
      await writeFile(list, damaged)
      expect((await open(dir, 'train', { broken: 'skip', cacheDir })).fingerprint).toBe(
        set.fingerprint,
      )
    }
  })
})

describe('the broken images that are kept', () => {
  const [a, b] = ['n01440764/a.JPEG', 'n02119789/b.JPEG']
  const good = fileBytes('rgb')
  /** As long as the good file. */
  const bad = Buffer.concat([Buffer.alloc(100), good.subarray(100)])
  const skip = (dir: string, more: Partial<ImageNetOptions> = {}) =>
    open(dir, 'train', { broken: 'skip', ...more })

  it('are those of a layout; the set is the same in every one', async () => {
    const ids = ['n01440764', 'n02119789', 'n15075141']
    const names = Object.keys(valFiles).slice(0, 3)
    const bytes = [good, fileBytes('text'), good]
    const flat = await folder({
      ...Object.fromEntries(names.map((name, i) => [`val/${name}`, bytes[i]!])),
      'imagenet_2012_validation_synset_labels.txt': ids.join('\n'),
    })
    const folders = await folder(
      Object.fromEntries(names.map((name, i) => [`val/${ids[i]}/${name}`, bytes[i]!])),
    )
    const [one, other] = [
      await open(flat, 'val', { broken: 'skip' }),
      await open(folders, 'val', { broken: 'skip' }),
    ]
    expect(labels(other)).toEqual(['tench', 'toilet tissue'])
    expect(other.broken.map(({ path }) => path)).toEqual([`n02119789/${names[1]}`])
    expect(other.fingerprint).toBe(one.fingerprint)
    expect(await pixels(other)).toEqual(await pixels(one))
  })

  it('are found again if a file is repaired in place, or replaced, or broken in another folder', async () => {
    const dir = await folder(below('train', { [a]: bad, [b]: good }))
    expect((await skip(dir)).broken.map(({ path }) => path)).toEqual([a])
    const file = join(dir, 'train', a)
    await writeFile(file, good)
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    expect((await skip(dir)).broken).toEqual([])
    await rm(file)
    await writeFile(file, bad)
    await utimes(join(dir, 'train/n01440764'), new Date(), new Date(Date.now() + 5000))
    expect((await skip(dir)).broken.map(({ path }) => path)).toEqual([a])
    const copy = await folder(below('train', { [a]: good, [b]: bad }))
    expect((await skip(copy)).broken.map(({ path }) => path)).toEqual([b])
  })

  it('are those that cannot be rescaled, too, by the shorter side asked for', async () => {
    const line = { create: { width: 60_000, height: 1, channels: 3, background: '#123' } } as const
    const long = await sharp(line).jpeg().toBuffer()
    const dir = await folder(below('train', { [a]: long, [b]: good }))
    expect((await skip(dir)).length).toBe(2)
    const looked: string[] = []
    const small = await skip(dir, { shorterSide: 256, onProgress: (phase) => looked.push(phase) })
    expect(small.broken).toEqual([
      { path: a, reason: 'of 1×60000 it would be 15360000 pixels long at shorter side 256' },
    ])
    // All have been decoded before.
    expect(looked).toEqual([])
    expect((await small.get(0)).image).toMatchObject({ height: 256 })
    await expect((await open(dir, 'train', { shorterSide: 256 })).get(0)).rejects.toThrow(
      /a.JPEG cannot be decoded: of 1×60000 it would be 15360000 pixels long at shorter side 256;/,
    )
    expect((await skip(dir, { shorterSide: 2 })).length).toBe(2)
  })

  it('are no longer looked for after a failure', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`n01440764/${String(i).padStart(2, '0')}.JPEG`, good]),
    )
    const dir = await folder(below('train', many))
    await open(dir, 'train')
    await writeFile(join(dir, 'train/n01440764/00.JPEG'), 'short')
    let seen = 0
    const checking = skip(dir, { onProgress: () => seen++ })
    await expect(checking).rejects.toThrow(/00.JPEG has changed/)
    const before = seen
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(seen).toBe(before)
    expect(seen).toBeLessThan(59)
  })
})
