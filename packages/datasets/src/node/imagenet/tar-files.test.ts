import { execFileSync } from 'node:child_process'
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { afterAll, describe, expect, it } from 'vitest'
import { imagenetFolders } from '../testing/imagenet-folders.js'
import { below, fileBytes, tarOf, tarOfTars, trainFiles } from '../testing/small-imagenet.js'

const { remove, folder, open: openSet } = await imagenetFolders()
afterAll(remove)

const open = async (dir: string, split: 'train' | 'val') => {
  const set = await openSet(dir, split)
  return Object.assign(set, { files: Array.from({ length: set.length }, (_, i) => set.fileAt(i)) })
}

describe('names in a tar', () => {
  it('that begin with ./ are those without it', async () => {
    const plain = await open(await folder(below('train', trainFiles)), 'train')
    const dotted = Object.fromEntries(
      Object.entries(trainFiles).map(([path, bytes]) => [path.replace('/', '/./'), bytes]),
    )
    const inside = await folder({ 'ILSVRC2012_img_train.tar': await tarOfTars(dotted) })
    expect((await open(inside, 'train')).fingerprint).toBe(plain.fingerprint)
    const outside = await folder({
      'ILSVRC2012_img_train.tar': await tarOf(below('.', trainFiles)),
    })
    const set = await open(outside, 'train')
    expect(set.fingerprint).toBe(plain.fingerprint)
    expect(set.files[2]).toMatch(/^n02119789\/n02119789_1.JPEG in /)
  })

  it('of macOS beside the images are passed over, as in folders', async () => {
    const files = { ...trainFiles, 'n01440764/._n01440764_9.JPEG': fileBytes('text') }
    const plain = await open(await folder(below('train', trainFiles)), 'train')
    const tars = {
      'of folders': await tarOf(files),
      'of tars': await tarOfTars(files),
      'with a tar of such a name': await tarOf({
        '._n01440764.tar': fileBytes('text'),
        ...trainFiles,
      }),
    }
    for (const [name, tar] of Object.entries(tars)) {
      const set = await open(await folder({ 'ILSVRC2012_img_train.tar': tar }), 'train')
      expect(set.fingerprint, name).toBe(plain.fingerprint)
    }
  })
})

describe('a tar that is damaged is refused', () => {
  const inFolders = { ...trainFiles }
  const sizes = Object.values(inFolders).map((bytes) => 512 + 512 * Math.ceil(bytes.length / 512))
  const second = sizes[0]!
  const end = sizes.reduce((a, b) => a + b)
  it.each([
    ['zeros over its second header', (tar: Buffer) => tar.fill(0, second, second + 512), /zeros from byte (\d+) on, and other bytes from \d+ on, expected its end mark \(two blocks of zeros\) at byte \1/], // prettier-ignore
    ['zeros from its second header on, as if a download stopped', (tar: Buffer) => Buffer.concat([tar.subarray(0, second), Buffer.alloc(2 << 20)]), /more than 1048576 zeros from byte/], // prettier-ignore
    ['cut after its first file', (tar: Buffer) => tar.subarray(0, second), /it ends at byte (\d+), expected its end mark .* at byte \1 and/], // prettier-ignore
    ['cut within its end mark', (tar: Buffer) => tar.subarray(0, end + 512), /it ends at byte/],
    ['without a byte', () => Buffer.alloc(0), /it ends at byte \d+, expected its end mark/],
  ] as const)('%s', async (_, damage, message) => {
    for (const tar of [
      damage(await tarOf(inFolders)),
      await tarOf({ 'n01440764.tar': damage(await tarOf(inFolders)) }),
    ]) {
      const dir = await folder({ 'ILSVRC2012_img_train.tar': tar })
      await expect(open(dir, 'train')).rejects.toMatchObject({
        code: 'corrupt-data',
        message: expect.stringMatching(message),
      })
    }
  })

  it('with zeros between a long name and its header', async () => {
    const name = `n01440764/${'a'.repeat(120)}.JPEG`
    const tar = await tarOf({ ...trainFiles, [name]: fileBytes('rgb'), ...below('b', trainFiles) })
    const at = tar.indexOf(`${name}\n`)
    tar.fill(0, 512 * Math.ceil(at / 512), 512 * Math.ceil(at / 512) + 512)
    const dir = await folder({ 'ILSVRC2012_img_train.tar': tar })
    await expect(open(dir, 'train')).rejects.toThrow(/not a whole tar file: found zeros at byte/)
  })

  it('but not one whose last record is filled with zeros', async () => {
    const tar = Buffer.concat([await tarOf(inFolders), Buffer.alloc(20 * 512)])
    const set = await open(await folder({ 'ILSVRC2012_img_train.tar': tar }), 'train')
    expect(set.length).toBe(5)
  })
})

describe('members of a tar that are no files', () => {
  const write = async (...entries: readonly (Partial<Header> & { name: string })[]) => {
    const tar = pack()
    tar.entry({ name: 'n01440764/a.JPEG' }, fileBytes('rgb'))
    for (const entry of entries) tar.entry(entry)
    tar.finalize()
    const parts: Buffer[] = []
    for await (const part of tar) parts.push(part as Buffer)
    return folder({ 'ILSVRC2012_img_train.tar': Buffer.concat(parts) })
  }

  it('are followed if they are links to files in it', async () => {
    const dir = await write(
      { name: 'n02119789/d.JPEG', type: 'symlink', linkname: 'c.JPEG' },
      { name: 'n02119789/c.JPEG', type: 'symlink', linkname: '../n01440764/b.JPEG' },
      { name: './n01440764/b.JPEG', type: 'link', linkname: './n01440764/a.JPEG' },
      { name: 'n02119789/latest', type: 'symlink', linkname: '/elsewhere' },
    )
    const set = await open(dir, 'train')
    expect(set.files.map((file) => file.split(' ')[0])).toEqual([
      'n01440764/a.JPEG',
      'n01440764/b.JPEG',
      'n02119789/c.JPEG',
      'n02119789/d.JPEG',
    ])
    const { image } = await set.get(0)
    for (let i = 1; i < 4; i++) expect((await set.get(i)).image).toEqual(image)
  })

  it.each([
    ['a link out of it', { type: 'symlink', linkname: '/data/c.JPEG' }, /n02119789\/c.JPEG in .* is a link to \/data\/c.JPEG, which is no file in the tar/], // prettier-ignore
    ['a link to itself', { type: 'symlink', linkname: 'c.JPEG' }, /is a link to n02119789\/c.JPEG, which/], // prettier-ignore
    ['a pipe', { type: 'fifo' }, /n02119789\/c.JPEG in .* is of the type fifo, expected a file by its name/], // prettier-ignore
  ] as const)('are named: %s', async (_, entry, message) => {
    const dir = await write({ name: 'n02119789/c.JPEG', ...entry })
    await expect(open(dir, 'train')).rejects.toMatchObject({
      code: 'corrupt-data',
      message: expect.stringMatching(message),
    })
  })
})

it('a tar of before POSIX is read', async () => {
  const dir = await folder(below('v7', trainFiles))
  const tar = join(dir, 'ILSVRC2012_img_train.tar')
  execFileSync('tar', ['cf', tar, '--format=v7', '-C', join(dir, 'v7'), '.'])
  const plain = await open(await folder(below('train', trainFiles)), 'train')
  expect((await open(dir, 'train')).fingerprint).toBe(plain.fingerprint)
})

it('a tar that was written over after opening gives no images under the old labels', async () => {
  const dir = await folder({ 'ILSVRC2012_img_train.tar': await tarOf(trainFiles) })
  const set = await open(dir, 'train')
  const file = join(dir, 'ILSVRC2012_img_train.tar')
  const [first, ...others] = Object.entries(trainFiles)
  await writeFile(file, await tarOf(Object.fromEntries([...others, first!])))
  await utimes(file, new Date(), new Date(Date.now() + 5000))
  await expect(set.get(0)).rejects.toMatchObject({
    code: 'corrupt-data',
    message: expect.stringMatching(/img_train.tar has changed: found \d+ bytes of .* when the set was opened; open it again/), // prettier-ignore
  })
})
