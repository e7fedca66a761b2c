import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { imagenetSynsets } from '../../imagenet/synsets.js'
import { imagenetFolders, labels, pixels } from '../testing/imagenet-folders.js'
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
import type { ImageNetOptions } from './imagenet.js'

const { remove, folder, open } = await imagenetFolders()
afterAll(remove)

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

  it('only in classes that have images, also of other synsets', async () => {
    const dir = await folder(below('train/n00007846', { 'a.JPEG': fileBytes('rgb') }))
    await expect(open(dir, 'train')).rejects.toThrow(
      "n00007846 is not one of ILSVRC-2012's thousand classes; use only the classes that have images with classes: 'present'",
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
      /ILSVRC2012_validation_ground_truth.txt does not label ILSVRC2012_val_00000004.JPEG in /,
    )
    await writeFiles(dir, { [file]: truth })
    expect(labels(await open(dir, 'val'))).toEqual(expected)
  })

  it('of the test set get no labels of validation images, though they have the same numbers', async () => {
    const image = valFiles['ILSVRC2012_val_00000001.JPEG']!
    const names = [
      'ILSVRC2012_test_00000001.JPEG',
      'n01440764_2.JPEG',
      'ILSVRC2010_val_00000003.JPEG',
    ]
    for (const name of names) {
      const dir = await folder({ [`test/${name}`]: image, ...devkitFiles })
      const truthFile = join(
        dir,
        'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt',
      )
      await expect(open(join(dir, 'test'), 'val')).rejects.toMatchObject({
        code: 'corrupt-data',
        message: `${truthFile} does not label ${name} in ${join(dir, 'test')}`,
      })
    }
  })
})

describe('what is missing or unknown', () => {
  it.each([
    ['no folder', {}, 'train', /there is no folder .*; put train\/<synset>/],
    ['nothing in it', { 'notes.txt': '' }, 'train', /holds no train\/ and no ILSVRC2012_img_train.tar; put/], // prettier-ignore
    ['an empty split', { 'val/notes.txt': '' }, 'val', /val holds no images: expected .JPEG files in folders named after synsets \(n01440764\), or side by side/], // prettier-ignore
    ['a flat training set', below('train', valFiles), 'train', /lies in no synset folder; training images are expected in train\/<synset>\//], // prettier-ignore
    ['a file that is not a tar', { 'ILSVRC2012_img_train.tar': 'x'.repeat(2000) }, 'train', /is not a whole tar file: .*expected a header at byte 0/], // prettier-ignore
    ['a file named as a synset', { ...below('train', trainFiles), 'train/n02119790': '' }, 'train', /cannot read .*n02119790: ENOTDIR.*; expected a folder of images by its name/], // prettier-ignore
    ['a blank line in the ground truth', { ...below('val', valFiles), 'imagenet_2012_validation_synset_labels.txt': 'n01440764\n\nn02119789\nn15075141\nn02100735\n' }, 'val', /labels.txt, line 2: found "", expected a synset id/], // prettier-ignore
    ['an unknown split', below('val', valFiles), 'test', /imagenet has the splits train and val, found "test"/], // prettier-ignore
  ] as const)('is refused: %s', async (_, files, split, message) => {
    const dir = await folder(files)
    await expect(open(dir, split as 'train')).rejects.toThrow(message)
  })

  it('a link to no synset folder is named, links to such are followed; an empty folder hides no tar', async () => {
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

  it('an option is named', async () => {
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

  it('a folder named as an image, and a link to nowhere, are named; links to images are read', async () => {
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

  it('two images of one name are refused, unless their synset folders tell them apart', async () => {
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

  it('a tar that is cut short is refused, with the file that is not whole', async () => {
    const tar = await tarOf(valFiles)
    const dir = await folder({ 'ILSVRC2012_img_val.tar': tar.subarray(0, 700), ...devkitFiles })
    await expect(open(dir, 'val')).rejects.toThrow(
      /truncated: ILSVRC2012_val_00000001.JPEG has \d+ bytes from byte \d+ on, and the tar ends at byte 700/,
    )
  })
})
