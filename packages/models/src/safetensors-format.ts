import { RetableError } from '@retable/core'

/** The element types of the safetensors format, and the bytes of one element. */
export const dtypeBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const

/** An element type of the safetensors format. */
export type Dtype = keyof typeof dtypeBytes

/** Where a tensor lies: its element type, shape and byte range [begin, end) after the header. */
export interface TensorEntry {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** A safetensors header, checked. */
export interface SafetensorsHeader {
  /** tensors by name, in the order of their bytes */
  readonly tensors: Readonly<Record<string, TensorEntry>>
  readonly metadata: Readonly<Record<string, string>>
  /** where the tensors' bytes begin in the file */
  readonly dataStart: number
}

/** Length of the length that a file opens with: an unsigned 64-bit little-endian number. */
export const lengthBytes = 8
/** The format's own limit, which keeps a broken length from allocating the machine's memory. */
const longestHeader = 100_000_000

const corrupt = (source: string, what: string): RetableError =>
  new RetableError('corrupt-data', `${source} is not a sound safetensors file: ${what}`)

/**
 * The length of the header that follows the first eight bytes.
 *
 * @param fileBytes the length of the whole file
 * @throws RetableError `corrupt-data` where the file is too short, or the length is absurd or beyond the file's end.
 */
export const readHeaderLength = (first: Uint8Array, fileBytes: number, source: string): number => {
  if (first.length < lengthBytes) {
    throw corrupt(source, `it has ${first.length} bytes, fewer than the 8 that a file opens with`)
  }
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength)
  const length = Number(view.getBigUint64(0, true))
  if (length > longestHeader) {
    throw corrupt(
      source,
      `its header claims ${length} bytes, more than the ${longestHeader} allowed`,
    )
  }
  if (lengthBytes + length > fileBytes) {
    throw corrupt(
      source,
      `its header claims ${length} bytes, but only ${fileBytes - lengthBytes} follow; the file may be cut short`,
    )
  }
  return length
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const readEntry = (name: string, value: unknown, source: string): TensorEntry => {
  if (!isObject(value)) throw corrupt(source, `the entry of "${name}" is not an object`)
  if (name === '__proto__') throw corrupt(source, 'a tensor cannot be named "__proto__"')
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeBytes, dtype)) {
    throw corrupt(
      source,
      `"${name}" has dtype ${JSON.stringify(dtype)}, expected one of ${Object.keys(dtypeBytes).join(', ')}`,
    )
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw corrupt(
      source,
      `"${name}" has shape ${JSON.stringify(shape)}, expected sizes of at least 0`,
    )
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw corrupt(
      source,
      `"${name}" has data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`,
    )
  }
  const [begin, end] = offsets as [number, number]
  const bytes = shape.reduce((a, b) => a * b, 1) * dtypeBytes[dtype as Dtype]
  if (end - begin !== bytes) {
    throw corrupt(
      source,
      `"${name}" (${dtype} [${shape.join(', ')}]) takes ${bytes} bytes, but its data_offsets [${begin}, ${end}] span ${end - begin}`,
    )
  }
  return { dtype: dtype as Dtype, shape, begin, end }
}

/**
 * Reads and checks a header: the entries' types, shapes and offsets, which must cover the data without gaps or
 * overlaps, and the file's length.
 *
 * @param text the header's bytes, without the eight of the length
 * @param source what to call the file in an error
 * @throws RetableError `corrupt-data`, naming the entry and what is wrong with it.
 */
export const readHeader = (
  text: Uint8Array,
  fileBytes: number,
  source: string,
): SafetensorsHeader => {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    throw new RetableError(
      'corrupt-data',
      `${source} is not a sound safetensors file: its header of ${text.length} bytes is not JSON`,
      { cause },
    )
  }
  if (!isObject(json)) throw corrupt(source, 'its header is not a JSON object')
  const { __metadata__: metadata = {}, ...rest } = json
  if (!isObject(metadata) || !Object.values(metadata).every((v) => typeof v === 'string')) {
    throw corrupt(source, 'its __metadata__ is not an object of strings')
  }
  const entries = Object.entries(rest)
    .map(([name, value]) => [name, readEntry(name, value, source)] as const)
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)

  let position = 0
  let previous = 'the header'
  for (const [name, { begin, end }] of entries) {
    if (begin !== position) {
      throw corrupt(
        source,
        `"${name}" begins at byte ${begin} of the data, expected ${position}, where ${previous === 'the header' ? previous : `"${previous}"`} ends; tensors may neither overlap nor leave gaps`,
      )
    }
    position = end
    previous = name
  }
  const dataStart = lengthBytes + text.length
  if (dataStart + position !== fileBytes) {
    throw corrupt(
      source,
      `its tensors end at byte ${dataStart + position}, but it has ${fileBytes} bytes${fileBytes < dataStart + position ? '; the file is cut short' : ''}`,
    )
  }
  return {
    tensors: Object.fromEntries(entries),
    metadata: metadata as Record<string, string>,
    dataStart,
  }
}

/** What a header is written from: tensors in order, with their types and shapes. */
export type HeaderEntries = readonly {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
}[]

/**
 * The bytes that a file opens with: length and header, padded with spaces to a multiple of eight so that the data
 * is aligned. The tensors' bytes follow in the order given.
 */
export const writeHeader = (
  tensors: HeaderEntries,
  metadata: Readonly<Record<string, string>>,
): Uint8Array => {
  let position = 0
  const entries = tensors.map(({ name, dtype, shape }) => {
    if (name === '__metadata__') {
      throw new RetableError('invalid-argument', 'a tensor cannot be named "__metadata__"')
    }
    const begin = position
    position += shape.reduce((a, b) => a * b, 1) * dtypeBytes[dtype]
    return [name, { dtype, shape, data_offsets: [begin, position] }] as const
  })
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new RetableError(
        'invalid-argument',
        `safetensors metadata holds strings, found ${typeof value} under "${key}"`,
      )
    }
  }
  const hasMetadata = Object.keys(metadata).length > 0
  const json = JSON.stringify(
    Object.fromEntries([...(hasMetadata ? [['__metadata__', metadata] as const] : []), ...entries]),
  )
  const text = new TextEncoder().encode(json)
  const padded = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(lengthBytes + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(text, lengthBytes)
  return bytes
}
