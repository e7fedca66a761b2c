import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { imagenetFolders, labels, pixels } from '../testing/imagenet-folders.js'
import {
  below,
  devkitFiles,
  fileBytes,
  tarOfTars,
  trainFiles,
  valFiles,
  writeFiles,
} from '../testing/small-imagenet.js'

const { root, remove, folder, open } = await imagenetFolders()
afterAll(remove)

describe('the index', () => {
  it('is used again, and made again if the folders have changed or it is damaged', async () => {
    const dir = await folder(below('train', trainFiles))
    const cacheDir = join(root, 'index')
    let looked = 0
    const opened = () => open(dir, 'train', { cacheDir, onProgress: () => looked++ })
    const first = await opened()
    expect(looked).toBeGreaterThan(0)
    looked = 0
    const again = await opened()
    expect(again.fingerprint).toBe(first.fingerprint)
    expect(await pixels(again)).toEqual(await pixels(first))
    expect(looked).toBe(0)
    // One more image shows in its folder's time.
    await writeFile(join(dir, 'train/n02119789/n02119789_4.JPEG'), fileBytes('rgb'))
    const more = await opened()
    expect(more.length).toBe(6)
    expect(more.fingerprint).not.toBe(first.fingerprint)
    const [name] = await readdir(cacheDir)
    const text = await readFile(join(cacheDir, name!), 'utf8')
    await writeFile(join(cacheDir, name!), text.replace('n02119789_4', 'n02119789_5'))
    expect((await opened()).fingerprint).toBe(more.fingerprint)
    await writeFile(join(cacheDir, name!), text.replace('"n01440764"', '"n01443537"'))
    expect(labels(await opened())).toEqual(labels(more))
    for (const damaged of [
      text.slice(0, 40),
      text.replace('"synsets"', '"synset"'),
      'null\n',
      '',
    ]) {
      await writeFile(join(cacheDir, name!), damaged)
      expect((await opened()).fingerprint).toBe(more.fingerprint)
    }
  })

  it('keeps names as they are, with tabs and line ends in them', async () => {
    const names = ['a\tb.JPEG', 'a\nb.JPEG', 'ä"\\.JPEG']
    const files = Object.fromEntries(names.map((name) => [name, fileBytes('rgb')]))
    const dir = await folder(below('train/n01440764', files))
    const first = await open(dir, 'train')
    const again = await open(dir, 'train')
    expect(again.fingerprint).toBe(first.fingerprint)
    expect(again.length).toBe(3)
    expect(await pixels(again)).toEqual(await pixels(first))
  })

  it('is made again for an image in a folder that was empty, and for one that came while it was made', async () => {
    const dir = await folder(below('train', trainFiles))
    await mkdir(join(dir, 'train/n01443537'))
    expect((await open(dir, 'train')).length).toBe(5)
    await writeFiles(dir, { 'train/n01443537/a.JPEG': fileBytes('rgb') })
    expect((await open(dir, 'train')).length).toBe(6)
    await writeFiles(dir, { 'train/n15075141/n15075141_8.JPEG': fileBytes('rgb') })
    let written: Promise<unknown> | undefined
    // The first folder has been looked through by then, whichever it is.
    const onProgress = () => {
      written ??= Promise.all(
        ['n01440764', 'n01443537', 'n02119789', 'n15075141'].map((synset) =>
          writeFiles(dir, { [`train/${synset}/late.JPEG`]: fileBytes('rgb') }),
        ),
      )
    }
    await open(dir, 'train', { onProgress })
    await written
    expect((await open(dir, 'train')).length).toBe(7 + 4)
  })

  it('is made again if the ground truth has changed, or another one is found', async () => {
    const list = 'imagenet_2012_validation_synset_labels.txt'
    const ids = ['n01440764', 'n02119789', 'n15075141', 'n02100735']
    const dir = await folder({ ...below('val', valFiles), [list]: ids.join('\n') })
    expect(labels(await open(dir, 'val'))[0]).toBe('tench')
    await writeFiles(dir, { [list]: [...ids].reverse().join('\n') })
    await utimes(join(dir, list), new Date(), new Date(Date.now() + 5000))
    expect(labels(await open(dir, 'val'))[0]).toBe('English setter')
    // The devkit comes before a list.
    await writeFiles(dir, devkitFiles)
    expect(labels(await open(dir, 'val'))[0]).toBe('tench')
  })

  it('is dropped if an image is not one of those listed, so that the next opening finds it', async () => {
    const name = 'train/n01440764/n01440764_18.JPEG'
    const dir = await folder({ ...below('train', trainFiles), [name]: fileBytes('truncated') })
    await expect((await open(dir, 'train')).get(0)).rejects.toThrow(/cannot be decoded/)
    await writeFiles(dir, { [name]: fileBytes('rgb') })
    await expect((await open(dir, 'train')).get(0)).rejects.toThrow(
      /n01440764_18.JPEG has changed: found .* when it was listed; open the set again/,
    )
    expect((await (await open(dir, 'train')).get(0)).label).toBe(0)
  })

  it('of a tar goes with its size, whatever its time', async () => {
    const file = 'ILSVRC2012_img_train.tar'
    const dir = await folder({ [file]: await tarOfTars(trainFiles) })
    const { mtime } = await stat(join(dir, file))
    await utimes(join(dir, file), mtime, new Date(1000))
    const first = await open(dir, 'train')
    const { 'n01440764/n01440764_18.JPEG': _, ...fewer } = trainFiles
    await writeFile(join(dir, file), await tarOfTars(fewer))
    await utimes(join(dir, file), mtime, new Date(1000))
    expect((await open(dir, 'train')).length).toBe(first.length - 1)
  })

  it('of a tar goes with the tar', async () => {
    const dir = await folder({ 'ILSVRC2012_img_train.tar': await tarOfTars(trainFiles) })
    const first = await open(dir, 'train')
    const file = join(dir, 'ILSVRC2012_img_train.tar')
    const { 'n01440764/n01440764_18.JPEG': _, ...fewer } = trainFiles
    await writeFile(file, await tarOfTars(fewer))
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    expect((await open(dir, 'train')).length).toBe(first.length - 1)
  })

  it('is done without if it cannot be kept', async () => {
    const dir = await folder({ ...below('train', trainFiles), cache: 'a file in the way' })
    const set = await open(dir, 'train', { cacheDir: join(dir, 'cache/below') })
    expect(set.length).toBe(5)
  })

  it('reports a file that changed in its place, or is gone', async () => {
    const dir = await folder(below('train', trainFiles))
    const set = await open(dir, 'train')
    const file = join(dir, 'train/n01440764/n01440764_18.JPEG')
    await writeFile(file, 'short')
    await expect(set.get(0)).rejects.toThrow(
      /n01440764_18.JPEG has changed: found 5 bytes, \d+ when/,
    )
    await rm(file)
    await expect(set.get(0)).rejects.toMatchObject({ code: 'not-found' })
  })
})
