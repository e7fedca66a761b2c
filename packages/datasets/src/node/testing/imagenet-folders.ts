import { join } from 'node:path'
import type { Image } from '@retable/transforms'
import type { Dataset } from '../../dataset.js'
import { imagenet } from '../imagenet/imagenet.js'
import type { ImageNet, ImageNetOptions } from '../imagenet/imagenet.js'
import { temporaryFolder } from './small-cifar.js'
import { writeFiles } from './small-imagenet.js'
import type { Files } from './small-imagenet.js'

/** Folders to write small ImageNets into. */
export interface ImageNetFolders {
  readonly root: string
  readonly remove: () => Promise<void>
  /** A new folder with these files. */
  readonly folder: (files: Files) => Promise<string>
  /** Opens a set; the cache is one for all folders unless given. */
  readonly open: (
    dir: string,
    split: 'train' | 'val',
    more?: Partial<ImageNetOptions>,
  ) => Promise<ImageNet>
}

export const imagenetFolders = async (): Promise<ImageNetFolders> => {
  const { dir: root, remove } = await temporaryFolder()
  let fresh = 0
  return {
    root,
    remove,
    folder: (files) => writeFiles(join(root, `data-${fresh++}`), files),
    open: (dir, split, more = {}) =>
      imagenet({ dir, split, cacheDir: join(root, 'cache'), ...more }),
  }
}

/** The names of all examples' classes. */
export const labels = (set: Dataset): readonly string[] =>
  Array.from({ length: set.length }, (_, i) => set.classes[set.labelAt!(i)]!)

/** All images of a set. */
export const pixels = (set: Dataset): Promise<readonly Image[]> =>
  Promise.all(Array.from({ length: set.length }, async (_, i) => (await set.get(i)).image))
