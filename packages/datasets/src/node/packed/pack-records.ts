import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { RetableError } from '@retable/core/host'
import type { PackHead } from './pack-file.js'

/** Before each image: label, height, width, bytes, and the CRC-32 of these and of the bytes; little-endian. */
const RECORD = 20
/** Of one image: as many as one read takes. */
const MOST_BYTES = 2 ** 31 - 1

export interface PackRecord {
  /** where its image's bytes begin */
  readonly at: number
  readonly label: number
  readonly height: number
  readonly width: number
  readonly bytes: number
  readonly crc: number
}

type PackNumbers = Pick<PackRecord, 'label' | 'height' | 'width'>

/** A record's head without its checksum, and that. */
const headOf = ({ label, height, width }: PackNumbers, data: Uint8Array) => {
  const numbers = Buffer.alloc(RECORD - 4)
  ;[label, height, width, data.length].forEach((n, i) => numbers.writeUInt32LE(n, 4 * i))
  return { numbers, crc: crc32(data, crc32(numbers)) }
}

export const writeRecord = (record: PackNumbers, data: Uint8Array): Buffer => {
  const { numbers, crc } = headOf(record, data)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc)
  return Buffer.concat([numbers, checksum, data])
}

/** Whether a record's numbers and these bytes, read as its image's, are those that were written. */
export const isIntact = (record: PackRecord, data: Uint8Array): boolean =>
  headOf(record, data).crc === record.crc

const readRecord = (head: Buffer, from: number): PackRecord => {
  const [label, height, width, bytes, crc] = [0, 4, 8, 12, 16].map((at) => head.readUInt32LE(at))
  return {
    at: from + RECORD,
    label: label!,
    height: height!,
    width: width!,
    bytes: bytes!,
    crc: crc!,
  }
}

/** What is wrong with a record's numbers, as a sentence's end; undefined if nothing is. */
export const recordFault = (
  { label, height, width, bytes }: PackRecord,
  { classes, encoding }: PackHead,
): string | undefined => {
  if (label >= classes.length) return `has label ${label}, expected 0 to ${classes.length - 1}`
  if (bytes === 0) return 'is empty'
  if (bytes > MOST_BYTES) return `has ${bytes} bytes, expected ${MOST_BYTES} at most`
  if (encoding === 'raw' && bytes !== height * width * 3) {
    return `has ${bytes} bytes, expected ${height * width * 3} for ${height}×${width}×3`
  }
  return undefined
}

/** The records from `from` on, up to `count`, that lie within the file, and where the last one ends; no image is read. */
export const readRecords = async (
  handle: FileHandle,
  from: number,
  count: number,
): Promise<{ readonly records: readonly PackRecord[]; readonly end: number }> => {
  const { size } = await handle.stat()
  const records: PackRecord[] = []
  const head = Buffer.alloc(RECORD)
  let end = from
  while (records.length < count && end + RECORD <= size) {
    await handle.read(head, 0, RECORD, end)
    const record = readRecord(head, end)
    if (record.at + record.bytes > size) break
    records.push(record)
    end = record.at + record.bytes
  }
  return { records, end }
}

/** What to do about a finished pack that is damaged, as a sentence's end. */
export const howToMend = (file: string): string =>
  `remove it, or name it ${file}.partial: writePack resumes after the images before it`

/**
 * All records of a finished pack; no image is read.
 *
 * @throws RetableError `corrupt-data` if one is not right, there are fewer than the head says, or bytes follow them.
 */
export const readWholeRecords = async (
  handle: FileHandle,
  { head, end: from }: { readonly head: PackHead; readonly end: number },
  file: string,
): Promise<readonly PackRecord[]> => {
  const { records, end } = await readRecords(handle, from, head.length)
  const { size } = await handle.stat()
  const i = records.findIndex((record) => recordFault(record, head) !== undefined)
  const fault =
    i >= 0
      ? `image ${i} of ${file} ${recordFault(records[i]!, head)}`
      : records.length !== head.length
        ? `${file} is not whole: found ${records.length} images, expected ${head.length}`
        : end !== size
          ? `${file} has ${size - end} bytes after its last image`
          : undefined
  if (fault === undefined) return records
  throw new RetableError('corrupt-data', `${fault}; ${howToMend(file)}`)
}
