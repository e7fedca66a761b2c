import { inflateSync } from 'node:zlib'
import { RetableError } from '@retable/core/host'

/**
 * As much of MATLAB's level-5 MAT format as the ILSVRC devkit's `meta.mat` is written in: compressed elements, struct
 * arrays, character and numeric arrays, little-endian.
 */

/** The most bytes that a compressed element may inflate to; the devkit's has a few million. */
const mostInflated = 16 * 2 ** 20

/** A field's value: text, numbers, or something that is not read (cells, nested structs). */
export type MatValue = string | readonly number[] | undefined

const MI = { int8: 1, uint8: 2, int16: 3, uint16: 4, int32: 5, uint32: 6, single: 7, double: 9, int64: 12, uint64: 13, matrix: 14, compressed: 15, utf8: 16, utf16: 17 } as const // prettier-ignore
const CLASS = { struct: 2, char: 4 } as const
const isNumeric = (kind: number) => kind >= 6 && kind <= 15

interface Element {
  readonly type: number
  readonly data: Buffer
  readonly next: number
}

const element = (bytes: Buffer, at: number): Element => {
  if (at + 8 > bytes.length)
    throw new RangeError(`an element begins at byte ${at} of ${bytes.length}`)
  const first = bytes.readUInt32LE(at)
  // A small element has its size in the upper half of the first word, and its data in the second.
  if (first >>> 16 !== 0) {
    return {
      type: first & 0xffff,
      data: bytes.subarray(at + 4, at + 4 + (first >>> 16)),
      next: at + 8,
    }
  }
  const size = bytes.readUInt32LE(at + 4)
  const end = at + 8 + size
  if (end > bytes.length) throw new RangeError(`an element at byte ${at} is longer than its file`)
  // Everything but a compressed element is padded to eight bytes.
  return {
    type: first,
    data: bytes.subarray(at + 8, end),
    next: first === MI.compressed ? end : end + ((8 - (size % 8)) % 8),
  }
}

/** Inflates a compressed element; throws RangeError if that takes more than {@link mostInflated} bytes. */
const inflate = (data: Buffer): Buffer => {
  try {
    return inflateSync(data, { maxOutputLength: mostInflated })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause
    throw new RangeError(`a compressed element is larger than ${mostInflated} bytes`, { cause })
  }
}

const elements = (bytes: Buffer, from = 0): readonly Element[] => {
  const all: Element[] = []
  for (let at = from; at < bytes.length;) {
    const found = element(bytes, at)
    all.push(found)
    at = found.next
  }
  return all
}

const readers: Readonly<
  Record<number, readonly [size: number, read: (b: Buffer, at: number) => number]>
> = {
  [MI.int8]: [1, (b, at) => b.readInt8(at)],
  [MI.uint8]: [1, (b, at) => b.readUInt8(at)],
  [MI.int16]: [2, (b, at) => b.readInt16LE(at)],
  [MI.uint16]: [2, (b, at) => b.readUInt16LE(at)],
  [MI.int32]: [4, (b, at) => b.readInt32LE(at)],
  [MI.uint32]: [4, (b, at) => b.readUInt32LE(at)],
  [MI.single]: [4, (b, at) => b.readFloatLE(at)],
  [MI.double]: [8, (b, at) => b.readDoubleLE(at)],
  [MI.int64]: [8, (b, at) => Number(b.readBigInt64LE(at))],
  [MI.uint64]: [8, (b, at) => Number(b.readBigUInt64LE(at))],
}

const numbers = ({ type, data }: Element): number[] => {
  const [size, read] = readers[type] ?? [0, () => NaN]
  if (size === 0) throw new RangeError(`numbers of unknown type ${type}`)
  return Array.from({ length: data.length / size }, (_, i) => read(data, i * size))
}

const text = (e: Element): string =>
  e.type === MI.utf8 ? e.data.toString('utf8') : String.fromCharCode(...numbers(e.type === MI.utf16 ? { ...e, type: MI.uint16 } : e)) // prettier-ignore

interface Matrix {
  readonly kind: number
  readonly name: string
  readonly parts: readonly Element[]
}

const matrix = (data: Buffer): Matrix => {
  const [flags, , name, ...parts] = elements(data)
  if (flags === undefined || name === undefined) throw new RangeError('an array without its head')
  return { kind: flags.data.readUInt32LE(0) & 0xff, name: text(name), parts }
}

const valueOf = (data: Buffer): MatValue => {
  if (data.length === 0) return []
  const { kind, parts } = matrix(data)
  if (parts[0] === undefined) return kind === CLASS.char ? '' : undefined
  if (kind === CLASS.char) return text(parts[0])
  return isNumeric(kind) ? numbers(parts[0]) : undefined
}

/** The records of a struct array: field lengths, field names, then each record's values in turn. */
const records = ({ parts }: Matrix): readonly Readonly<Record<string, MatValue>>[] => {
  const [lengths, names, ...values] = parts
  const size = lengths!.data.readInt32LE(0)
  const fields = Array.from({ length: names!.data.length / size }, (_, i) =>
    names!.data.toString('latin1', i * size, (i + 1) * size).replace(/\0.*$/s, ''),
  )
  if (fields.length === 0) return []
  return Array.from({ length: values.length / fields.length }, (_, r) =>
    Object.fromEntries(
      fields.map((field, f) => [field, valueOf(values[r * fields.length + f]!.data)]),
    ),
  )
}

/**
 * The records of the struct array `name` in a level-5 MAT file.
 *
 * @throws RetableError `corrupt-data` if the file is another, or broken, or has no such array.
 */
export const readMatStructs = (
  file: string,
  bytes: Buffer,
  name: string,
): readonly Readonly<Record<string, MatValue>>[] => {
  const broken = (what: string, cause?: unknown) =>
    new RetableError('corrupt-data', `${file} is not a level-5 MAT file that can be read: ${what}`, { cause }) // prettier-ignore
  if (bytes.length < 128 || bytes.toString('latin1', 126, 128) !== 'IM') {
    throw broken('found no little-endian MAT header of 128 bytes')
  }
  try {
    for (const { type, data } of elements(bytes, 128)) {
      const plain = type === MI.compressed ? element(inflate(data), 0) : { type, data }
      if (plain.type !== MI.matrix) continue
      const found = matrix(plain.data)
      if (found.name === name && found.kind === CLASS.struct) return records(found)
    }
  } catch (cause) {
    throw broken((cause as Error).message, cause)
  }
  throw broken(`found no struct array "${name}"`)
}
