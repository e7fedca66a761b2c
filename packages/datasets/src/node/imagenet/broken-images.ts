import { join } from 'node:path'
import { isRetableError, RetableError } from '@retable/core/host'
import type { ImageList } from '../../imagenet/image-list.js'
import type { Decoder } from './decoding.js'
import type { SplitSource } from './find-split.js'
import { keepFile, readKept } from '../kept-file.js'
import { isLong, tooLarge } from './rescaled-size.js'
import { isUnchanged, stampsOf } from './stamps.js'
import type { Stamps } from './stamps.js'

/** An image that cannot be decoded. */
export interface BrokenImage {
  /** its path in the split: `n01440764/n01440764_10026.JPEG` */
  readonly path: string
  /** what the decoder says */
  readonly reason: string
}

/** Options of {@link findBroken}. */
export interface FindBrokenOptions {
  /** Where the split's files are. */
  readonly source: SplitSource
  /** The split's images. */
  readonly list: ImageList
  /** the list's */
  readonly fingerprint: string
  /** of what the list was made of */
  readonly seen: Stamps
  /** The bytes of image i's file. */
  readonly read: (i: number) => Promise<Buffer>
  /** Turns a file's bytes into an image, or throws. */
  readonly decode: Decoder
  /** images that cannot be rescaled to it are broken too */
  readonly shorterSide: number | undefined
  /** where what is found is kept */
  readonly file: string
  /** Called with the images looked at so far and their number. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
  /** Stops the search. */
  readonly signal?: AbortSignal | undefined
}

const KIND = 'retable-imagenet-broken 3'

/** Images decoded together. */
const TOGETHER = 16

/** What decoding all images of a list has shown, by their numbers in it. */
interface Checked {
  readonly broken: readonly { readonly i: number; readonly reason: string }[]
  /** images so long that whether they can be rescaled depends on the shorter side; pixels */
  readonly long: readonly { readonly i: number; readonly height: number; readonly width: number }[]
}

/** Checked, and what it holds for: this list, while neither its folders or tar nor the broken files have changed. */
interface Kept extends Checked {
  readonly fingerprint: string
  readonly seen: Stamps
  readonly files: Stamps
}

const checkAll = async (options: FindBrokenOptions): Promise<Checked> => {
  const { list, read, decode, onProgress, signal } = options
  const broken: { i: number; reason: string }[] = []
  const long: { i: number; height: number; width: number }[] = []
  const count = list.paths.length
  let [next, done] = [0, 0]
  const check = async (i: number): Promise<void> => {
    const bytes = await read(i)
    try {
      const { height, width } = await decode(bytes)
      if (isLong(height, width)) long.push({ i, height, width })
    } catch (error) {
      if (isRetableError(error)) throw error
      broken.push({ i, reason: (error as Error).message })
    }
    if (next <= count) onProgress?.(++done, count)
  }
  const work = async () => {
    while (next < count) {
      if (signal?.aborted === true) {
        throw new RetableError('interrupted', `stopped after checking ${done} of ${count} images`, {
          cause: signal.reason,
        })
      }
      await check(next++)
    }
  }
  try {
    await Promise.all(Array.from({ length: TOGETHER }, work))
  } finally {
    // After a failure, nobody waits for the others.
    next = Infinity
  }
  const inOrder = (a: { readonly i: number }, b: { readonly i: number }) => a.i - b.i
  return { broken: broken.sort(inOrder), long: long.sort(inOrder) }
}

/** What was found before, if it still holds. */
const readChecked = async (options: FindBrokenOptions): Promise<Checked | undefined> => {
  const { file, fingerprint, seen } = options
  const text = await readKept(file, KIND)
  if (text === undefined) return undefined
  const kept = JSON.parse(text) as Kept
  const same = kept.fingerprint === fingerprint && JSON.stringify(kept.seen) === JSON.stringify(seen) // prettier-ignore
  return same && (await isUnchanged(kept.files)) ? kept : undefined
}

/**
 * Decodes every image once and lists those that cannot be, or cannot be rescaled, by their numbers in the list. What is
 * found is kept for the next time, and holds until a folder, the tar file or a broken file changes.
 *
 * @throws RetableError `interrupted`; what reading the files throws.
 */
export const findBroken = async (
  options: FindBrokenOptions,
): Promise<ReadonlyMap<number, BrokenImage>> => {
  const { source, list, fingerprint, seen, shorterSide, file } = options
  let checked = await readChecked(options)
  if (checked === undefined) {
    checked = await checkAll(options)
    const paths = checked.broken.map(({ i }) => join(source.path, list.paths[i]!))
    const files = await stampsOf(source.kind === 'folder' ? paths : [])
    const kept: Kept = { fingerprint, seen, files, ...checked }
    await keepFile(file, KIND, JSON.stringify(kept))
  }
  const tooLong = checked.long.flatMap(({ i, height, width }) => {
    const reason = shorterSide && tooLarge(height, width, shorterSide)
    return reason ? [{ i, reason }] : []
  })
  return new Map(
    [...checked.broken, ...tooLong]
      .sort((a, b) => a.i - b.i)
      .map(({ i, reason }) => [i, { path: list.paths[i]!, reason }]),
  )
}
