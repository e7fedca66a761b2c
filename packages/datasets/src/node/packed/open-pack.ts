import { openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { RetableError } from '@retable/core/host'
import { checkIndex } from '../../check-index.js'
import type { Dataset, Example } from '../../dataset.js'
import { createDecoder } from '../imagenet/decoder.js'
import type { Decoding } from '../imagenet/decoder.js'
import { readHead, readRecords } from './pack-file.js'
import { packFingerprint } from './write-pack.js'

/** Options of {@link openPack}. */
export interface OpenPackOptions {
  readonly file: string
  /** as of `imagenet`, for a pack of JPEGs; default `exact` */
  readonly decode?: Decoding
}

/**
 * Opens a pack that `writePack` has made, as a data set. A raw pack has the fingerprint of the set it was made of, as it
 * holds the same bytes; its images are read when asked for, at once. The file stays open as long as the process lives.
 *
 * @throws RetableError `not-found`; `corrupt-data` where the file is no pack, or not whole; `unavailable` where a pack of
 * JPEGs meets no decoder.
 * @example
 * const train = await openPack({ file: 'train-256.pack' })
 */
export const openPack = async ({ file, decode = 'exact' }: OpenPackOptions): Promise<Dataset> => {
  const handle = await open(file).catch((cause: unknown) => {
    throw new RetableError('not-found', `cannot open ${file}: ${(cause as Error).message}`, {
      cause,
    })
  })
  const read = async () => {
    const found = await readHead(handle)
    if (found === undefined) throw new RetableError('corrupt-data', `${file} is no pack`)
    const { records } = await readRecords(handle, found.end, found.head.length)
    return { head: found.head, records }
  }
  const { head, records } = await read().finally(() => handle.close())
  const { name, classes, length, encoding } = head
  if (records.length !== length) {
    throw new RetableError(
      'corrupt-data',
      `${file} is not whole: found ${records.length} images, expected ${length}`,
    )
  }
  const decoder = encoding === 'jpeg' ? await createDecoder(decode, undefined) : undefined
  const descriptor = openSync(file, 'r')
  const get = (i: number): Example | Promise<Example> => {
    const { at, bytes, label, height, width } = records[checkIndex(name, length, i)]!
    const data = new Uint8Array(bytes)
    const count = readSync(descriptor, data, 0, bytes, at)
    if (count !== bytes) {
      throw new RetableError('corrupt-data', `${file} ended within image ${i}; did it change?`)
    }
    if (decoder === undefined) return { image: { data, height, width, channels: 3 }, label }
    return decoder(Buffer.from(data.buffer, 0, bytes)).then((image) => ({ image, label }))
  }
  return {
    name,
    classes,
    length,
    fingerprint: packFingerprint(head),
    spec: { name: 'pack', file: resolve(file), decode },
    labelAt: (i) => records[checkIndex(name, length, i)]!.label,
    get,
  }
}
