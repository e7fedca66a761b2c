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

export interface PackRecord {
  readonly label: number
  readonly height: number
  readonly width: number
  readonly bytes: number
  readonly crc: number
}

export const writeRecord = (
  record: Omit<PackRecord, 'bytes' | 'crc'>,
  data: Uint8Array,
): Buffer => {
  const head = Buffer.alloc(RECORD)
  const { label, height, width } = record
  ;[label, height, width, data.length, crc32(data)].forEach((n, i) => head.writeUInt32LE(n, 4 * i))
  return Buffer.concat([head, data])
}

export const readRecord = (head: Buffer): PackRecord => {
  const [label, height, width, bytes, crc] = [0, 4, 8, 12, 16].map((at) => head.readUInt32LE(at))
  return { label: label!, height: height!, width: width!, bytes: bytes!, crc: crc! }
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

/** The whole records from `from` on, up to `count`, and where the last one ends; a broken last one does not count. */
export const readRecords = async (
  handle: FileHandle,
  from: number,
  count: number,
): Promise<{
  readonly records: readonly (PackRecord & { readonly at: number })[]
  readonly end: number
}> => {
  const { size } = await handle.stat()
  const records: (PackRecord & { readonly at: number })[] = []
  const head = Buffer.alloc(RECORD)
  let at = from
  while (records.length < count && at + RECORD <= size) {
    await handle.read(head, 0, RECORD, at)
    const record = readRecord(head)
    if (at + RECORD + record.bytes > size) break
    records.push({ ...record, at: at + RECORD })
    at += RECORD + record.bytes
  }
  return { records, end: at }
}
