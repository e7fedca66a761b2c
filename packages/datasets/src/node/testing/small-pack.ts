import { open, readdir } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '../../dataset.js'
import { imagenet } from '../imagenet/imagenet.js'
import { writePack } from '../packed/write-pack.js'
import { temporaryFolder } from './small-cifar.js'
import { below, trainFiles, writeFiles } from './small-imagenet.js'

/** A set of five small images, and in its folder `whole.pack` and `jpeg.pack` made of it. */
export const smallPacks = async (): Promise<{
  readonly dir: string
  readonly set: Dataset
  readonly remove: () => Promise<void>
}> => {
  const { dir, remove } = await temporaryFolder()
  await writeFiles(dir, below('train', trainFiles))
  const set = await imagenet({ dir, split: 'train', cacheDir: dir, shorterSide: 16 })
  await writePack(set, { file: join(dir, 'whole.pack') })
  await writePack(set, { file: join(dir, 'jpeg.pack'), encoding: 'jpeg' })
  return { dir, set, remove }
}

/** Where image i ends in a pack. */
export const endOfImage = (pack: Buffer, i: number): number => {
  const from = i === 0 ? pack.indexOf('\n') + 1 : endOfImage(pack, i - 1)
  return from + 20 + pack.readUInt32LE(from + 12)
}

/** The files of a folder whose names begin so. */
export const namesOf = async (dir: string, start: string): Promise<readonly string[]> =>
  (await readdir(dir)).filter((name) => name.startsWith(start))

/** The methods that all file handles share, to be replaced for a test; `file` is any that can be opened. */
export const handleMethods = async <Methods>(file: string): Promise<Methods> => {
  const handle: FileHandle = await open(file)
  await handle.close()
  return Object.getPrototypeOf(handle) as Methods
}
