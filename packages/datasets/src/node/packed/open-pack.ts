import { openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkOptions, RetableError, sha256Hex } from '@retable/core/host'
import { explainFileError, systemCode } from '@retable/core/node'
import { checkChoice } from '../../check-choice.js'
import { checkIndex } from '../../check-index.js'
import type { Dataset, Example } from '../../dataset.js'
import { createDecoder } from '../imagenet/decoder.js'
import { decodings } from '../imagenet/decoding.js'
import type { Decoding } from '../imagenet/decoding.js'
import { checkHead, readHead } from './pack-file.js'
import type { PackHead } from './pack-file.js'
import { howToMend, isIntact, readWholeRecords } from './pack-records.js'

/** Options of {@link openPack}. */
export interface OpenPackOptions {
  /** the pack's path */
  readonly file: string
  /** as of `imagenet`, for a pack of JPEGs; default `exact` */
  readonly decode?: Decoding
}

/** That of the set that was packed, if the bytes are the same; else with what changes them. */
const packFingerprint = ({ source, encoding }: PackHead, decode: Decoding): string =>
  encoding === 'raw' ? source : sha256Hex(JSON.stringify(['pack', source, encoding, decode]))

/**
 * Opens a pack that `writePack` has made, as a data set. A raw pack has the fingerprint of the set it was made of, as it
 * holds the same bytes; one of JPEGs has another for each way of decoding. Images are read when asked for, at once, and
 * compared with their checksums. The file stays open as long as the process lives.
 *
 * @throws RetableError `not-found`; `invalid-argument`; `mismatch` for a pack of another version; `corrupt-data` if the
 * file is no pack, or not whole, and from `get`, naming file and image, if an image is not what was written;
 * `unavailable` if the disk refuses, or a pack of JPEGs meets no decoder.
 * @example
 * const train = await openPack({ file: 'train-256.pack' })
 */
export const openPack = async (options: OpenPackOptions): Promise<Dataset> => {
  checkOptions('openPack', options, { file: true, decode: true })
  const { file, decode = 'exact' } = options
  const explain = (error: unknown): never => {
    throw explainFileError(error, 'read', file)
  }
  checkChoice('decode', decode, decodings)
  const handle = await open(file).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') return explain(cause)
    throw new RetableError('not-found', `there is no pack ${file}`, { cause })
  })
  const read = async () => {
    const found = await readHead(handle)
    if (found === undefined) throw new RetableError('corrupt-data', `${file} is no pack`)
    checkHead(found.head, file)
    return { head: found.head, records: await readWholeRecords(handle, found, file) }
  }
  const { head, records } = await read()
    .catch(explain)
    .finally(() => handle.close())
  const { name, classes, length, encoding } = head
  const decoder = encoding === 'jpeg' ? await createDecoder(decode, undefined) : undefined
  const descriptor = openSync(file, 'r')
  const get = (i: number): Example | Promise<Example> => {
    const record = records[checkIndex(name, length, i)]!
    const { at, bytes, label, height, width } = record
    const data = new Uint8Array(bytes)
    try {
      readSync(descriptor, data, 0, bytes, at)
    } catch (error) {
      explain(error)
    }
    if (!isIntact(record, data)) {
      throw new RetableError(
        'corrupt-data',
        `image ${i} of ${file} is damaged: its checksum is not the one written; ${howToMend(file)}`,
      )
    }
    if (decoder === undefined) return { image: { data, height, width, channels: 3 }, label }
    return decoder(Buffer.from(data.buffer)).then(
      (image) => ({ image, label }),
      (cause: unknown) => {
        throw new RetableError(
          'corrupt-data',
          `image ${i} of ${file} cannot be decoded: ${(cause as Error).message}`,
          { cause },
        )
      },
    )
  }
  return {
    name,
    classes,
    length,
    fingerprint: packFingerprint(head, decode),
    spec: { kind: 'pack', file: resolve(file), decode },
    labelAt: (i) => records[checkIndex(name, length, i)]!.label,
    get,
  }
}
