import { RetableError, sha256Hex } from '@retable/core/host'
import {
  CIFAR_SHAPE,
  cifar100Format,
  cifar10Format,
  countRecords,
  decodeRecords,
} from './cifar-format.js'
import type { Cifar100Labels, CifarFile, CifarFormat } from './cifar-format.js'
import type { Dataset, DatasetSpec } from './dataset.js'
import { emptyStore } from './image-store.js'
import { memoryDataset } from './memory-dataset.js'

/** Options of {@link parseCifar10}. */
export interface ParseCifarOptions {
  /** the set's name; default `'cifar10'` or `'cifar100'` */
  readonly name?: string
  /** the files' names, for error messages; default `'file 1'`, `'file 2'`, … */
  readonly files?: readonly string[]
}

/** Options of {@link parseCifar100}. */
export interface ParseCifar100Options extends ParseCifarOptions {
  /** the hundred fine classes (the default) or the twenty superclasses */
  readonly labels?: Cifar100Labels
}

/** What both the parsers here and the readers of folders and archives share. */
export interface CifarDatasetOptions {
  /** How a record is laid out, and the classes it names. */
  readonly format: CifarFormat
  /** The set's name. */
  readonly name: string
  /** The files, in order, with their bytes. */
  readonly files: readonly CifarFile[]
  /** records a file must hold; any number if left out */
  readonly recordsPerFile?: number
  /** Whether the bytes are in shared memory, so that worker threads read them without a copy; default false. */
  readonly shared?: boolean
  /** How another thread opens the same set; without it, it cannot. */
  readonly spec?: DatasetSpec
}

/** What follows the files' bytes in what the fingerprint is the SHA-256 of: "coarse" for those labels. */
const fingerprintSuffix = (format: CifarFormat): string =>
  format.name === 'cifar100' && format.labelAt === 0 ? 'coarse' : ''

/** A data set of the files' records, one file after the other. */
export const cifarDataset = (options: CifarDatasetOptions): Dataset => {
  const { format, name, files, recordsPerFile, shared = false, spec } = options
  const counts = files.map((file) => countRecords(format, file, recordsPerFile))
  const length = counts.reduce((a, b) => a + b, 0)
  const store = emptyStore(length, CIFAR_SHAPE, shared)
  let next = 0
  for (const file of files) next = decodeRecords(format, file, store, next)
  return memoryDataset({
    name,
    classes: format.classes,
    store,
    fingerprint: sha256Hex(...files.map((file) => file.bytes), fingerprintSuffix(format)),
    ...(spec === undefined ? {} : { spec }),
  })
}

const parse = (
  format: CifarFormat,
  bytes: Uint8Array | readonly Uint8Array[],
  { name = format.name, files = [] }: ParseCifarOptions,
): Dataset => {
  const parts = bytes instanceof Uint8Array ? [bytes] : bytes
  if (parts.length === 0) {
    throw new RetableError(
      'invalid-argument',
      `${format.name}: found no files to parse, expected at least one file's bytes`,
    )
  }
  return cifarDataset({
    format,
    name,
    files: parts.map((part, i) => ({ file: files[i] ?? `file ${i + 1}`, bytes: part })),
  })
}

/**
 * The data set in the bytes of one or more files of CIFAR-10's binary layout (`data_batch_1.bin`, …): records of one
 * label byte and 3,072 pixel bytes, the red, green and blue planes of 32×32, row-major. Runs in browsers too.
 *
 * Images are handed out as bytes, 32×32×3, HWC. The fingerprint is the SHA-256 of the bytes.
 *
 * @throws RetableError `corrupt-data` if a file is no whole number of records, or a label is over 9.
 * @example
 * const response = await fetch('/cifar-10-batches-bin/test_batch.bin')
 * const test = parseCifar10(new Uint8Array(await response.arrayBuffer()))
 * test.classes[test.store.labels[0]]
 */
export const parseCifar10 = (
  bytes: Uint8Array | readonly Uint8Array[],
  options: ParseCifarOptions = {},
): Dataset => parse(cifar10Format, bytes, options)

/**
 * As {@link parseCifar10}, of CIFAR-100's layout (`train.bin`, `test.bin`): two label bytes, coarse and fine, and 3,072
 * pixel bytes a record.
 *
 * @throws RetableError `corrupt-data` if a file is no whole number of records, a coarse label is over 19 or a fine
 * one over 99.
 */
export const parseCifar100 = (
  bytes: Uint8Array | readonly Uint8Array[],
  { labels = 'fine', ...options }: ParseCifar100Options = {},
): Dataset => parse(cifar100Format(labels), bytes, options)
