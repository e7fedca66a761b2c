import { constants } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkOptions, RetableError } from '@retable/core/host'
import { explainFileError, syncFolder, takeLease } from '@retable/core/node'
import { checkChoice } from '../../check-choice.js'
import type { Dataset } from '../../dataset.js'
import { isMade } from './made-pack.js'
import { examplePacker } from './pack-example.js'
import { encodings } from './pack-file.js'
import type { PackEncoding, PackHead } from './pack-file.js'
import { resumePack } from './resume-pack.js'

/** Options of {@link writePack}. */
export interface WritePackOptions {
  /** where the pack goes; while it is made it is `file`.partial, beside `file`.lock */
  readonly file: string
  /** `raw` (default): the same bytes, read fastest; `jpeg`: a sixth of the space, pixels about 1.5 gray levels off */
  readonly encoding?: PackEncoding
  /** called after each image */
  readonly onProgress?: (done: number, of: number) => void
  /** stops between images, with RetableError `interrupted`; the next call resumes */
  readonly signal?: AbortSignal
}

/** Images read and encoded together. */
const TOGETHER = 16
/** Images between flushes to the disk. */
const FLUSH = 1024

/**
 * Writes a data set's images, as it gives them, one after the other into one file, which {@link openPack} reads: an
 * ImageNet opened with `shorterSide` is decoded and rescaled once, not once per epoch.
 *
 * Written to `file`.partial and renamed when whole. If that was broken off, at any moment, it is resumed:
 * what is there is read and compared with its checksums, up to the first image that is not right. A pack of the same set
 * that is there already, and whole, is left as it is. One process at a time writes it: while it runs, others are refused.
 *
 * @throws RetableError `mismatch` if `file` is there and holds something else; `corrupt-data` if it is such a pack
 * and damaged; `unavailable` if another process is writing it, its folder is not there, the disk is full or refuses;
 * `invalid-argument` for images of floats and labels that are not classes; `invalid-shape` for images that are
 * not RGB; `interrupted`; what the set throws.
 * @example
 * const train = await imagenet({ dir: 'data', split: 'train', shorterSide: 256, broken: 'skip' })
 * await writePack(train, { file: 'train-256.pack' })
 */
export const writePack = async (dataset: Dataset, options: WritePackOptions): Promise<void> => {
  checkOptions('writePack', options, { file: true, encoding: true, onProgress: true, signal: true })
  const { file, encoding = 'raw' } = options
  checkChoice('encoding', encoding, encodings)
  const { name, classes, length, fingerprint } = dataset
  const head: PackHead = { format: 'retable-pack', version: 1, name, classes, length, encoding, source: fingerprint } // prettier-ignore
  if (await isMade(file, head)) return
  const pack = await examplePacker(dataset, encoding)
  // Not made, if it is not there: it may be that of a disk which is not mounted.
  await stat(dirname(file)).catch(explain(file))
  const lock = lockPack(file)
  try {
    // Another may have finished it between the look and the lock.
    if (await isMade(file, head)) return
    await fill(head, pack, options)
    // Or something else has come there while this one was made.
    if (await isMade(file, head)) return
    await rename(`${file}.partial`, file).catch(explain(file))
    syncFolder(dirname(file))
  } finally {
    lock.release()
  }
}

/** For `catch`: what the system says of a file, as a sentence. */
const explain = (file: string) => (error: unknown) => {
  throw explainFileError(error, 'write', file)
}

/** All of the bytes: one call may write fewer, on a disk that becomes full. */
const writeAll = async (handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }
}

/** Brings `file`.partial to its end. */
const fill = async (
  head: PackHead,
  pack: (i: number) => Promise<Buffer>,
  { file, onProgress, signal }: WritePackOptions,
): Promise<void> => {
  const { length } = head
  const partial = `${file}.partial`
  const explained = explain(partial)
  const handle = await open(partial, constants.O_RDWR | constants.O_CREAT).catch(explained)
  try {
    const begun = await resumePack(handle, head, signal).catch(explained)
    const line = Buffer.from(`${JSON.stringify(head)}\n`)
    let at = begun?.end ?? line.length
    // First: stopped between the two, another set's images would pass for this one's.
    await handle.truncate(begun?.end ?? 0).catch(explained)
    if (begun === undefined) await writeAll(handle, line, 0).catch(explained)
    const ahead: Promise<Buffer>[] = []
    let next = begun?.done ?? 0
    for (let i = next; i < length; i++) {
      if (signal?.aborted === true) {
        throw new RetableError('interrupted', `stopped after packing ${i} of ${length} images`, {
          cause: signal.reason,
        })
      }
      while (next < length && ahead.length < TOGETHER) {
        const later = pack(next++)
        later.catch(() => undefined)
        ahead.push(later)
      }
      const record = await ahead.shift()!
      await writeAll(handle, record, at).catch(explained)
      at += record.length
      if (i % FLUSH === FLUSH - 1) await handle.sync().catch(explained)
      onProgress?.(i + 1, length)
    }
    await handle.sync().catch(explained)
    const { size } = await stat(partial).catch(explained)
    if (size !== at) {
      throw new RetableError(
        'unavailable',
        `${partial} has ${size} bytes, expected the ${at} written; something else has changed it, so pack again`,
      )
    }
  } finally {
    await handle.close()
  }
}

/** The right to write `file`, for one process at a time; that of a process which is gone is taken over. */
const lockPack = (file: string) => {
  const lease = takeLease(`${file}.lock`)
  if (lease.taken) return lease
  const { holder } = lease
  const who = holder === undefined ? 'another process' : `process ${holder.pid} of ${holder.host} since ${holder.since}` // prettier-ignore
  throw new RetableError(
    'unavailable',
    `${file} is being written by ${who}; wait for it or, should it be gone, remove ${file}.lock`,
  )
}
