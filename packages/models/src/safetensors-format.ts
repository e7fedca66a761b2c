import { RetableError } from '@retable/core'

/** The element types of the safetensors format, and the bits of one element. */
const dtypeBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
} as const

/** An element type of the safetensors format. */
export type Dtype = keyof typeof dtypeBits

/** The element types that are written: those of tfjs's float32, int32 and bool. */
export type WrittenDtype = Extract<Dtype, 'F32' | 'I32' | 'BOOL'>

/** Where a tensor lies: its element type, shape and byte range [begin, end) after the header. */
export interface TensorEntry {
  /** a type that tfjs cannot hold is refused when the tensor is read */
  readonly dtype: Dtype
  /** The tensor's shape; empty for a scalar. */
  readonly shape: readonly number[]
  /** The first byte. */
  readonly begin: number
  /** The byte after the last one. */
  readonly end: number
}

/** A safetensors header, checked. */
export interface SafetensorsHeader {
  /** the tensors' names in the order of their bytes */
  readonly names: readonly string[]
  /** tensors by name; JavaScript lists names that are whole numbers ("2", "10") first, so take the order from `names` */
  readonly tensors: Readonly<Record<string, TensorEntry>>
  /** The file's `__metadata__`: texts by name; empty if it has none. */
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
 * @throws RetableError `corrupt-data` if the file is too short, or the length is absurd or beyond the file's end.
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
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeBits, dtype)) {
    throw corrupt(
      source,
      `"${name}" has dtype ${JSON.stringify(dtype)}, expected one of ${Object.keys(dtypeBits).join(', ')}`,
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
  const bytes = bytesOfShape(dtype as Dtype, shape)
  if (end - begin !== bytes) {
    throw corrupt(
      source,
      `"${name}" (${dtype} [${shape.join(', ')}]) takes ${bytes} bytes, but its data_offsets [${begin}, ${end}] span ${end - begin}`,
    )
  }
  return { dtype: dtype as Dtype, shape, begin, end }
}

const bytesOfShape = (dtype: Dtype, shape: readonly number[]): number =>
  (shape.reduce((a, b) => a * b, 1) * dtypeBits[dtype]) / 8

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
  const { __metadata__, ...rest } = json
  const metadata = __metadata__ ?? {}
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
    names: entries.map(([name]) => name),
    tensors: dictionary(entries),
    metadata: dictionary(Object.entries(metadata as Record<string, string>)),
    dataStart,
  }
}

/** An object without a prototype: names come from files, and a missing "constructor" must be missing. */
const dictionary = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries))

/** What a header is written from: tensors in order, with their types and shapes. */
export type HeaderEntries = readonly {
  readonly name: string
  readonly dtype: WrittenDtype
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
    position += bytesOfShape(dtype, shape)
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
