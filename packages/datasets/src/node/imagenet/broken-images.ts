import { join } from 'node:path'
import { isRetableError, RetableError } from '@retable/core/host'
import type { ImageList } from '../../imagenet/image-list.js'
import type { Decoder } from './decoder.js'
import { keepFile, readKept } from './kept-file.js'

/** An image that cannot be decoded. */
export interface BrokenImage {
  /** its path in the split: `n01440764/n01440764_10026.JPEG` */
  readonly path: string
  /** what the decoder says */
  readonly reason: string
}

/** Options of {@link findBroken}. */
export interface FindBrokenOptions {
  readonly list: ImageList
  /** The bytes of image i's file. */
  readonly read: (i: number) => Promise<Buffer>
  /** the list's */
  readonly fingerprint: string
  readonly decode: Decoder
  readonly cacheDir: string
  readonly onProgress?: ((done: number, of: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const KIND = 'retable-imagenet-broken 2'

/** Images decoded together. */
const TOGETHER = 16

/**
 * Decodes every image once and lists those that cannot be; what is found is kept in `cacheDir` for the next time.
 *
 * @throws RetableError `interrupted`; what reading the files throws.
 */
export const findBroken = async (options: FindBrokenOptions): Promise<readonly BrokenImage[]> => {
  const { list, read, fingerprint, decode, cacheDir, onProgress, signal } = options
  const kept = join(cacheDir, `imagenet-${fingerprint.slice(0, 32)}.broken`)
  const known = await readKept(kept, KIND)
  if (known !== undefined) return JSON.parse(known) as readonly BrokenImage[]
  const found: (BrokenImage & { readonly i: number })[] = []
  const count = list.paths.length
  let [next, done] = [0, 0]
  const check = async (i: number): Promise<void> => {
    const bytes = await read(i)
    try {
      await decode(bytes)
    } catch (error) {
      if (isRetableError(error)) throw error
      found.push({ i, path: list.paths[i]!, reason: (error as Error).message })
    }
    onProgress?.(++done, count)
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
  await Promise.all(Array.from({ length: TOGETHER }, work))
  const broken = found.sort((a, b) => a.i - b.i).map(({ path, reason }) => ({ path, reason }))
  await keepFile(kept, KIND, JSON.stringify(broken, null, 1))
  return broken
}
