import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** How images lie in a pack: `raw` bytes, or JPEG of quality 95 without chroma subsampling. */
export type PackEncoding = 'raw' | 'jpeg'

/** The first line of a pack: what it was made of. A pack that was broken off is gone on with only where this is equal. */
export interface PackHead {
  readonly format: 'retable-pack'
  readonly version: 1
  readonly name: string
  readonly classes: readonly string[]
  readonly length: number
  readonly encoding: PackEncoding
  /** of the set that was packed */
  readonly source: string
}

/** Before each image: label, height, width, bytes, CRC-32 of the bytes; little-endian. */
export const RECORD = 20
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

export const writeRecord = (
  record: Pick<PackRecord, 'label' | 'height' | 'width'>,
  data: Uint8Array,
): Buffer => {
  const head = Buffer.alloc(RECORD)
  const { label, height, width } = record
  ;[label, height, width, data.length, crc32(data)].forEach((n, i) => head.writeUInt32LE(n, 4 * i))
  return Buffer.concat([head, data])
}

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

/** What is wrong with a record's numbers, as a sentence's end; undefined where nothing is. */
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

/** Whether a record's image is what was written. */
export const isIntact = async (handle: FileHandle, record: PackRecord): Promise<boolean> => {
  const data = Buffer.alloc(record.bytes)
  const { bytesRead } = await handle.read(data, 0, data.length, record.at)
  return bytesRead === data.length && crc32(data) === record.crc
}

/** The first line and where it ends; undefined where the file has none. */
export const readHead = async (
  handle: FileHandle,
): Promise<{ readonly head: PackHead; readonly end: number } | undefined> => {
  const start = Buffer.alloc(1 << 20)
  const { bytesRead } = await handle.read(start, 0, start.length, 0)
  const end = start.subarray(0, bytesRead).indexOf(0x0a)
  if (end < 0) return undefined
  try {
    const head = JSON.parse(start.toString('utf8', 0, end)) as PackHead
    return head.format === 'retable-pack' ? { head, end: end + 1 } : undefined
  } catch {
    return undefined
  }
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
