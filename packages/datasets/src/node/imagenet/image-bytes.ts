import { closeSync, fstatSync, openSync, read } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isRetableError, RetableError } from '@retable/core/host'
import type { ImageList } from '../../imagenet/image-list.js'
import type { SplitSource } from './find-split.js'

/** Where image i is, for messages. */
export const imagePath = (source: SplitSource, list: ImageList, i: number): string =>
  source.kind === 'folder'
    ? join(source.path, list.paths[i]!)
    : `${list.paths[i]!} in ${source.path}`

const readLater = promisify(read)

/** Throws RetableError `corrupt-data` if a tar is not the one that was listed: other images lie at its offsets. */
const checkSameTar = (file: number, source: SplitSource & { readonly kind: 'tar' }): void => {
  const { size, mtimeMs } = fstatSync(file)
  if (size === source.size && mtimeMs === source.modified) return
  throw new RetableError(
    'corrupt-data',
    `${source.path} has changed: found ${size} bytes of ${new Date(mtimeMs).toISOString()}, ${source.size} of ${new Date(source.modified).toISOString()} when the set was opened; open it again`,
  )
}

/**
 * Up to `size` bytes from `at` on. The caller's thread waits for the file to open, not for its bytes: fs/promises would
 * go to libuv's threads four times, for 0.25 ms of CPU where this takes 0.1. In worker threads too, since decoded
 * images are only freed when a thread waits: 400 MB resident rather than 1,000.
 */
const readBytes = async (
  source: SplitSource,
  path: string,
  at: number,
  size: number,
): Promise<Buffer> => {
  const file = openSync(path, 'r')
  try {
    if (source.kind === 'tar') checkSameTar(file, source)
    const bytes = Buffer.allocUnsafeSlow(size)
    const { bytesRead } = await readLater(file, bytes, 0, size, at)
    return bytes.subarray(0, bytesRead)
  } finally {
    closeSync(file)
  }
}

/**
 * The bytes of image i's file.
 *
 * @throws RetableError `not-found` or `corrupt-data` if the file is gone, or is not what it was when it was listed.
 */
export const imageBytes = async (
  source: SplitSource,
  list: ImageList,
  i: number,
): Promise<Buffer> => {
  const size = list.sizes[i]!
  let bytes: Buffer
  try {
    // One byte more than a file had: whether it has grown shows.
    bytes = list.offsets
      ? await readBytes(source, source.path, list.offsets[i]!, size)
      : await readBytes(source, join(source.path, list.paths[i]!), 0, size + 1)
  } catch (cause) {
    if (isRetableError(cause)) throw cause
    throw new RetableError(
      'not-found',
      `cannot read ${imagePath(source, list, i)}: ${(cause as Error).message}`,
      { cause },
    )
  }
  if (bytes.length !== size) {
    throw new RetableError(
      'corrupt-data',
      `${imagePath(source, list, i)} has changed: found ${bytes.length > size ? 'more' : bytes.length} bytes, ${size} when it was listed; open the set again`,
    )
  }
  return bytes
}
