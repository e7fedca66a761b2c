import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import type { ImageList } from '../../imagenet/image-list.js'
import type { SplitSource } from './find-split.js'

/** Where image i is, for messages. */
export const imagePath = (source: SplitSource, list: ImageList, i: number): string =>
  source.kind === 'folder'
    ? join(source.path, list.paths[i]!)
    : `${list.paths[i]!} in ${source.path}`

const fromTar = async (path: string, at: number, size: number): Promise<Buffer> => {
  const handle = await open(path)
  try {
    const bytes = Buffer.allocUnsafe(size)
    const { bytesRead } = await handle.read(bytes, 0, size, at)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/**
 * The bytes of image i's file.
 *
 * @throws RetableError `not-found` or `corrupt-data` where the file is gone, or is not what it was when it was listed.
 */
export const imageBytes = async (
  source: SplitSource,
  list: ImageList,
  i: number,
): Promise<Buffer> => {
  const size = list.sizes[i]!
  let bytes: Buffer
  try {
    bytes = list.offsets
      ? await fromTar(source.path, list.offsets[i]!, size)
      : await readFile(join(source.path, list.paths[i]!))
  } catch (cause) {
    throw new RetableError(
      'not-found',
      `cannot read ${imagePath(source, list, i)}: ${(cause as Error).message}`,
      { cause },
    )
  }
  if (bytes.length !== size) {
    throw new RetableError(
      'corrupt-data',
      `${imagePath(source, list, i)} has changed: found ${bytes.length} bytes, ${size} when the set was opened`,
    )
  }
  return bytes
}
