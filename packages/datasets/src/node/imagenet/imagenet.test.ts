import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../../dataset.js'
import { imagenetSynsets } from '../../imagenet/synsets.js'
import {
  below,
  devkitFiles,
  fileBytes,
  tarOf,
  tarOfTars,
  trainFiles,
  valFiles,
  writeFiles,
} from '../testing/small-imagenet.js'
import { temporaryFolder } from '../testing/small-cifar.js'
import { imagenet } from './imagenet.js'
import type { ImageNetOptions } from './imagenet.js'

let root = ''
let remove = async () => {}
beforeAll(async () => ({ dir: root, remove } = await temporaryFolder()))
afterAll(() => remove())

let fresh = 0
const folder = (files: Parameters<typeof writeFiles>[1]) =>
  writeFiles(join(root, `data-${fresh++}`), files)
const open = (dir: string, split: 'train' | 'val', more: Partial<ImageNetOptions> = {}) =>
  imagenet({ dir, split, cacheDir: join(root, 'cache'), ...more })
const labels = (set: Dataset) =>
  Array.from({ length: set.length }, (_, i) => set.classes[set.labelAt!(i)])
const pixels = async (set: Dataset) =>
  Promise.all(Array.from({ length: set.length }, async (_, i) => (await set.get(i)).image))

describe('the classes', () => {
  it('are the thousand of ILSVRC-2012, by synset id', () => {
    const ids = imagenetSynsets.map(({ id }) => id)
    expect(ids).toHaveLength(1000)
    expect(ids).toEqual([...new Set(ids)].sort())
    expect(new Set(imagenetSynsets.map(({ name }) => name)).size).toBe(1000)
    // From the papers' and PyTorch's documentation: classes 0, 207, 388, 504, 999.
    expect(
      [0, 207, 388, 504, 999].map((i) => Object.values(imagenetSynsets[i]!).join(' ')),
    ).toEqual([
      'n01440764 tench',
      'n02099601 golden retriever',
      'n02510455 giant panda',
      'n03063599 coffee mug',
      'n15075141 toilet tissue',
    ])
  })
})

describe('training images', () => {
  it('are the same set from folders and from the tar of tars, read in place', async () => {
    const dir = await folder(below('train', trainFiles))
    const set = await open(dir, 'train')
    expect(set.name).toBe('imagenet-train')
    expect(labels(set)).toEqual(['tench', 'tench', 'kit fox', 'toilet tissue', 'toilet tissue'])
    expect(set.classes).toHaveLength(1000)
    expect(set.labelAt!(4)).toBe(999)
    expect(set.fileAt(2)).toBe(join(dir, 'train/n02119789/n02119789_1.JPEG'))
    const tar = await folder({ 'ILSVRC2012_img_train.tar': await tarOfTars(trainFiles) })
    const same = await open(tar, 'train')
    expect(same.fingerprint).toBe(set.fingerprint)
    expect(await pixels(same)).toEqual(await pixels(set))
    expect(same.fileAt(2)).toBe(
      `n02119789/n02119789_1.JPEG in ${join(tar, 'ILSVRC2012_img_train.tar')}`,
    )
    const file = await open(join(tar, 'ILSVRC2012_img_train.tar'), 'train')
    expect(file.fingerprint).toBe(set.fingerprint)
    // The set's own folder, and one that holds it.
    expect((await open(join(dir, 'train'), 'train')).fingerprint).toBe(set.fingerprint)
    const home = await folder(below('imagenet/ILSVRC/Data/CLS-LOC/train', trainFiles))
    expect((await open(home, 'train')).fingerprint).toBe(set.fingerprint)
  })

  it('in classes that have images alone, also of other synsets', async () => {
    const dir = await folder(below('train/n00007846', { 'a.JPEG': fileBytes('rgb') }))
    await expect(open(dir, 'train')).rejects.toThrow(
      "n00007846 is none of ILSVRC-2012's thousand classes; take the classes that have images by classes: 'present'",
    )
    await writeFiles(dir, below('train', trainFiles))
    const set = await open(dir, 'train', { classes: 'present' })
    expect(set.classes).toEqual(['n00007846', 'tench', 'kit fox', 'toilet tissue'])
    expect(set.labelAt!(5)).toBe(3)
  })
})

describe('validation images', () => {
  const expected = ['tench', 'kit fox', 'toilet tissue', 'English setter']
  const truth = devkitFiles['ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt']!

  it('are one set in every layout', async () => {
    const flat = await folder({ ...below('val', valFiles), ...devkitFiles })
    const set = await open(flat, 'val')
    expect(labels(set)).toEqual(expected)
    const ids = ['n01440764', 'n02119789', 'n15075141', 'n02100735']
    const inFolders = Object.fromEntries(
      Object.entries(valFiles).map(([name, bytes], i) => [`val/${ids[i]}/${name}`, bytes]),
    )
    const devkitTar = gzipSync(await tarOf(devkitFiles))
    const tar = await tarOf(valFiles)
    const layouts = {
      'synset folders': inFolders,
      'tar and archive': {
        'ILSVRC2012_img_val.tar': tar,
        'ILSVRC2012_devkit_t12.tar.gz': devkitTar,
      },
      'tar and list': {
        'ILSVRC2012_img_val.tar': tar,
        'imagenet_2012_validation_synset_labels.txt': ids.join('\n'),
      },
      Kaggle: {
        ...below('ILSVRC/Data/CLS-LOC/val', valFiles),
        'LOC_val_solution.csv': `ImageId,PredictionString\n${ids.map((id, i) => `ILSVRC2012_val_0000000${i + 1},${id} 1 2 3 4 ${id} 5 6 7 8`).join('\n')}\n`, // prettier-ignore
      },
    }
    for (const [name, files] of Object.entries(layouts)) {
      const other = await open(await folder(files), 'val')
      expect(labels(other), name).toEqual(expected)
      expect(other.fingerprint, name).toBe(set.fingerprint)
      expect(await pixels(other), name).toEqual(await pixels(set))
    }
  })

  it('without labels are refused, with what to put where', async () => {
    const dir = await folder(below('val', valFiles))
    await expect(open(dir, 'val')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        /val has images without synset folders \(ILSVRC2012_val_0000000.\.JPEG\), and no ground truth.*put ILSVRC2012_devkit_t12.tar.gz .* into /,
      ),
    })
    const file = 'ILSVRC2012_validation_ground_truth.txt'
    await writeFiles(dir, { [file]: truth })
    await expect(open(dir, 'val')).rejects.toThrow(/whose meta.mat is not there; put it beside it/)
    await writeFiles(dir, { 'meta.mat': Buffer.from('MATLAB 4') })
    await expect(open(dir, 'val')).rejects.toThrow(/meta.mat is not a level-5 MAT file/)
    await writeFiles(dir, { 'meta.mat': devkitFiles['ILSVRC2012_devkit_t12/data/meta.mat']! })
    await writeFiles(dir, { [file]: '4\n1\n1001\n2\n' })
    // 1001 is an inner node of WordNet, no class.
    await expect(open(dir, 'val')).rejects.toThrow(
      /ground_truth.txt, line 3: found "1001", expected a class number of the devkit's meta.mat/,
    )
    await writeFiles(dir, { [file]: '4\n1\n5\n' })
    await expect(open(dir, 'val')).rejects.toThrow(
      /the ground truth does not label ILSVRC2012_val_00000004.JPEG/,
    )
    await writeFiles(dir, { [file]: truth })
    expect(labels(await open(dir, 'val'))).toEqual(expected)
  })
})

describe('what is missing or unknown', () => {
  it.each([
    ['no folder', {}, 'train', /there is no folder .*; put train\/<synset>/],
    ['nothing in it', { 'notes.txt': '' }, 'train', /holds no train\/ and no ILSVRC2012_img_train.tar; put/], // prettier-ignore
    ['an empty split', { 'val/notes.txt': '' }, 'val', /val holds no images: expected .JPEG files in folders named after synsets \(n01440764\), or side by side/], // prettier-ignore
    ['a flat training set', below('train', valFiles), 'train', /lies in no synset folder; training images are expected in train\/<synset>\//], // prettier-ignore
    ['a tar that is none', { 'ILSVRC2012_img_train.tar': 'x'.repeat(2000) }, 'train', /is not a whole tar file: .*expected a header at byte 0/], // prettier-ignore
    ['a file named as a synset', { ...below('train', trainFiles), 'train/n02119790': '' }, 'train', /cannot read .*n02119790: ENOTDIR.*; expected a folder of images by its name/], // prettier-ignore
    ['a blank line in the ground truth', { ...below('val', valFiles), 'imagenet_2012_validation_synset_labels.txt': 'n01440764\n\nn02119789\nn15075141\nn02100735\n' }, 'val', /labels.txt, line 2: found "", expected a synset id/], // prettier-ignore
    ['a split that is none', below('val', valFiles), 'test', /imagenet has the splits train and val, found "test"/], // prettier-ignore
  ] as const)('is told: %s', async (_, files, split, message) => {
    const dir = await folder(files)
    await expect(open(dir, split as 'train')).rejects.toThrow(message)
  })

  it('a link to no synset folder is told by name, links to such are followed; an empty folder hides no tar', async () => {
    const dir = await folder(below('train', trainFiles))
    const linked = await folder({ 'notes.txt': '' })
    const link = (to: string, name: string) => symlink(join(dir, to), join(linked, name))
    await link('train/n01440764', 'n01440764')
    expect((await open(linked, 'train')).length).toBe(2)
    await link('nowhere', 'n02119789')
    await expect(open(linked, 'train')).rejects.toMatchObject({
      code: 'corrupt-data',
      message: expect.stringMatching(/cannot read .*n02119789: ENOENT/),
    })
    const beside = { 'train/.keep': '', 'ILSVRC2012_img_train.tar': await tarOfTars(trainFiles) }
    expect((await open(await folder(beside), 'train')).length).toBe(5)
  })

  it('an option is told by name', async () => {
    const dir = await folder(below('train', trainFiles))
    for (const [options, message] of [
      [{ shorterside: 16 }, /^imagenet has no option "shorterside"; did you mean shorterSide\?$/],
      [{ broken: 'Skip' }, /^broken is throw or skip, found "Skip"$/],
      [{ decode: 'quick' }, /^decode is exact or fast, found "quick"$/],
      [{ classes: 'all' }, /^classes is ilsvrc2012 or present, found "all"$/],
      [{ shorterSide: 0 }, /size/],
      [{ shorterSide: 5000 }, /^shorterSide is 4096 at most, found 5000$/],
    ] as const) {
      await expect(open(dir, 'train', options as Partial<ImageNetOptions>)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(message),
      })
    }
  })

  it('a folder named as an image, and a link to nowhere, are told by name; links to images are read', async () => {
    const dir = await folder(below('train', trainFiles))
    const at = (name: string) => join(dir, 'train/n02119789', name)
    await symlink(join(dir, 'train/n01440764/n01440764_9.JPEG'), at('link.JPEG'))
    const set = await open(dir, 'train')
    expect(set.length).toBe(6)
    expect((await set.get(2)).image).toMatchObject({ height: 40, width: 20 })
    await mkdir(at('folder.JPEG'))
    await expect(open(dir, 'train')).rejects.toMatchObject({
      code: 'corrupt-data',
      message: `${at('folder.JPEG')} is not a file, expected an image by its name`,
    })
    await rm(at('folder.JPEG'), { recursive: true })
    await symlink(join(dir, 'nowhere'), at('gone.JPEG'))
    await expect(open(dir, 'train')).rejects.toThrow(/cannot read .*gone.JPEG: ENOENT/)
  })

  it('two images of one name are told, unless their synset folders tell them apart', async () => {
    const [[name, bytes]] = Object.entries(valFiles) as [[string, Buffer]]
    const synsets = { 'val/n01440764/1.JPEG': bytes, 'val/n02119789/1.JPEG': bytes }
    const apart = await open(await folder(synsets), 'val')
    expect(labels(apart)).toEqual(['tench', 'kit fox'])
    const flat = { ...below('val', valFiles), ...devkitFiles, [`val/n02119789/${name}`]: bytes }
    const train = { ...trainFiles, 'a/n01440764/n01440764_9.JPEG': bytes }
    for (const [split, files] of [
      ['val', flat],
      ['train', { 'ILSVRC2012_img_train.tar': await tarOf(train) }],
    ] as const) {
      await expect(open(await folder(files), split)).rejects.toMatchObject({
        code: 'corrupt-data',
        message: expect.stringMatching(/two images are named (\S+): .*\1 \(n\d{8}\) and .*\1 \(n\d{8}\); leave one/), // prettier-ignore
      })
    }
  })

  it('a tar that is cut short is told, with the file that is not whole', async () => {
    const tar = await tarOf(valFiles)
    const dir = await folder({ 'ILSVRC2012_img_val.tar': tar.subarray(0, 700), ...devkitFiles })
    await expect(open(dir, 'val')).rejects.toThrow(
      /truncated: ILSVRC2012_val_00000001.JPEG has \d+ bytes from byte \d+ on, and the tar ends at byte 700/,
    )
  })
})

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
      message: `${join(dir, 'train/n01440764/n01440764_5.JPEG')} cannot be decoded: premature end of JPEG image; mend it, or leave such images out by broken: 'skip'`,
    })
    expect((await set.get(4)).image).toMatchObject({ height: 24, width: 32, channels: 3 })
    expect(set.broken).toEqual([])
  })

  it('are listed and left out where told so, and the list is kept', async () => {
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

  it('are found anew where a file is mended in its place, or replaced, or broken in another folder', async () => {
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

describe('the index', () => {
  it('is used again, and made anew where the folders have changed or it is damaged', async () => {
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

  it('is made anew for an image in a folder that was empty, and for one that came while it was made', async () => {
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

  it('is made anew where the ground truth has changed, or another one is found', async () => {
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

  it('is dropped where an image is none of those listed, so that the next opening finds it', async () => {
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

  it('is done without where it cannot be kept', async () => {
    const dir = await folder({ ...below('train', trainFiles), cache: 'a file in the way' })
    const set = await open(dir, 'train', { cacheDir: join(dir, 'cache/below') })
    expect(set.length).toBe(5)
  })

  it('tells of a file that changed in its place, or is gone', async () => {
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
