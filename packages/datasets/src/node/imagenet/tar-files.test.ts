import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  below,
  fileBytes,
  tarOf,
  tarOfTars,
  trainFiles,
  writeFiles,
} from '../testing/small-imagenet.js'
import { temporaryFolder } from '../testing/small-cifar.js'
import { imagenet } from './imagenet.js'

let root = ''
let remove = async () => {}
beforeAll(async () => ({ dir: root, remove } = await temporaryFolder()))
afterAll(() => remove())

let fresh = 0
const folder = (files: Parameters<typeof writeFiles>[1]) =>
  writeFiles(join(root, `data-${fresh++}`), files)
const open = async (dir: string, split: 'train' | 'val') => {
  const set = await imagenet({ dir, split, cacheDir: join(root, 'cache') })
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
