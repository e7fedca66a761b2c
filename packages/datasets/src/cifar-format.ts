import { RetableError } from '@retable/core/host'
import { cifar10Classes, cifar100Classes, cifar100CoarseClasses } from './cifar-classes.js'
import type { PixelStore } from './dataset.js'

/** Which of CIFAR-100's two labels a set has. */
export type Cifar100Labels = 'fine' | 'coarse'

/** One of the official binary layouts: label bytes, then the red, green and blue 32×32 planes. */
export interface CifarFormat {
  readonly name: 'cifar10' | 'cifar100'
  /** each label byte's name and number of classes, in file order */
  readonly labelBytes: readonly { readonly kind: string; readonly classes: number }[]
  /** which label byte becomes the example's label */
  readonly labelAt: number
  readonly classes: readonly string[]
}

export const cifar10Format: CifarFormat = {
  name: 'cifar10',
  labelBytes: [{ kind: 'label', classes: 10 }],
  labelAt: 0,
  classes: cifar10Classes,
}

export const cifar100Format = (labels: Cifar100Labels): CifarFormat => ({
  name: 'cifar100',
  labelBytes: [
    { kind: 'coarse label', classes: 20 },
    { kind: 'fine label', classes: 100 },
  ],
  labelAt: labels === 'fine' ? 1 : 0,
  classes: labels === 'fine' ? cifar100Classes : cifar100CoarseClasses,
})

const SIDE = 32
const PLANE = SIDE * SIDE
/** Height, width and channels of every image. */
export const CIFAR_SHAPE: readonly [number, number, number] = [SIDE, SIDE, 3]
/** Pixel bytes per image: three planes. */
const CIFAR_PIXELS: number = 3 * PLANE

/** Bytes a record of the layout: 3,073 for CIFAR-10, 3,074 for CIFAR-100. */
const recordBytes = (format: CifarFormat): number => format.labelBytes.length + CIFAR_PIXELS

/** A file of records, named for error messages. */
export interface CifarFile {
  readonly file: string
  readonly bytes: Uint8Array
}

/** The number of records in a file; throws RetableError `corrupt-data` if it is not whole, or not `expected`. */
export const countRecords = (
  format: CifarFormat,
  { file, bytes }: CifarFile,
  expected?: number,
): number => {
  const size = recordBytes(format)
  const found = bytes.length
  if (expected !== undefined && found !== expected * size) {
    throw new RetableError(
      'corrupt-data',
      `${file} is ${found < expected * size ? 'truncated' : 'too long'}: found ${found} bytes, expected ${expected * size} (${expected} records of ${size} bytes)`,
    )
  }
  if (found === 0 || found % size !== 0) {
    throw new RetableError(
      'corrupt-data',
      `${file} does not hold whole ${format.name} records: found ${found} bytes, expected a multiple of ${size}` +
        (found === 0
          ? ''
          : ` (${Math.floor(found / size)} records and ${found % size} bytes more)`),
    )
  }
  return found / size
}

/**
 * Decodes a file's records into `store` from example `first` on, planes to interleaved RGB; returns the next example's
 * number.
 *
 * @throws RetableError `corrupt-data` for a label byte outside its classes, naming file, record and byte offset.
 */
export const decodeRecords = (
  format: CifarFormat,
  { file, bytes }: CifarFile,
  store: PixelStore,
  first: number,
): number => {
  const size = recordBytes(format)
  const records = bytes.length / size
  const { pixels, labels } = store
  for (let r = 0; r < records; r++) {
    const start = r * size
    for (const [l, { kind, classes }] of format.labelBytes.entries()) {
      const label = bytes[start + l]!
      if (label >= classes) {
        throw new RetableError(
          'corrupt-data',
          `${file}: record ${r} (byte ${start + l}) has ${kind} ${label}, expected 0 to ${classes - 1}`,
        )
      }
      if (l === format.labelAt) labels[first + r] = label
    }
    let to = (first + r) * CIFAR_PIXELS
    const red = start + format.labelBytes.length
    for (let from = red; from < red + PLANE; from++) {
      pixels[to] = bytes[from]!
      pixels[to + 1] = bytes[from + PLANE]!
      pixels[to + 2] = bytes[from + 2 * PLANE]!
      to += 3
    }
  }
  return first + records
}
