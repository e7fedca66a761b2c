import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { checkOptions, RetableError } from '@retable/core/host'
import type { OptionNames } from '@retable/core/host'
import { cifar100Format, cifar10Format } from '../cifar-format.js'
import type { Cifar100Labels, CifarFile, CifarFormat } from '../cifar-format.js'
import type { Dataset } from '../dataset.js'
import { cifarDataset } from '../parse-cifar.js'
import { checkMd5, readTarGz } from './archive.js'
import { cifar100Layout, cifar10Layout } from './cifar-layout.js'
import type { CifarLayout, CifarSplit } from './cifar-layout.js'
import { byHand, fetchCifar } from './download-cifar.js'

/** Options of {@link cifar10}. */
export interface CifarOptions {
  /** the set's folder (`cifar-10-batches-bin`), the folder that holds it or the official archive, or the archive itself */
  readonly dir: string
  /** `train` (50,000 images) or `test` (10,000) */
  readonly split: CifarSplit
  /** whether to download the set into `dir` if it is not there; default false */
  readonly download?: boolean
  /** records that each file must hold; default the official number. For files of your own in this layout */
  readonly recordsPerFile?: number
}

/** Options of {@link cifar100}. */
export interface Cifar100Options extends CifarOptions {
  /** the hundred fine classes (the default) or the twenty superclasses */
  readonly labels?: Cifar100Labels
}

const optionNames: OptionNames<CifarOptions> = {
  dir: true,
  split: true,
  download: true,
  recordsPerFile: true,
}

type Found = { readonly kind: 'folder' | 'archive'; readonly path: string }

const kindOf = async (path: string): Promise<'folder' | 'file' | undefined> =>
  stat(path).then(
    (s) => (s.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  )

/** The set's folder or archive at or in `dir`; undefined if there is neither. */
const find = async (layout: CifarLayout, dir: string): Promise<Found | undefined> => {
  const at = await kindOf(dir)
  if (at === 'file') return { kind: 'archive', path: dir }
  if (at === undefined) return undefined
  const below = join(dir, layout.folder)
  if ((await kindOf(below)) === 'folder') return { kind: 'folder', path: below }
  if (basename(resolve(dir)) === layout.folder) return { kind: 'folder', path: dir }
  for (const file of [...layout.files.train, ...layout.files.test]) {
    if ((await kindOf(join(dir, file))) === 'file') return { kind: 'folder', path: dir }
  }
  const archive = join(dir, layout.archive)
  if ((await kindOf(archive)) === 'file') return { kind: 'archive', path: archive }
  return undefined
}

/** The archive or folder of the version for Python, if that is what lies at or in `dir`. */
const pythonVersion = async (layout: CifarLayout, dir: string): Promise<string | undefined> => {
  const set = layout.archive.replace('-binary.tar.gz', '')
  const archive = `${set}-python.tar.gz`
  if (basename(resolve(dir)) === archive) return dir
  for (const name of [archive, `${set}-batches-py`, `${set}-python`]) {
    const path = join(dir, name)
    if ((await kindOf(path)) !== undefined) return path
  }
  return undefined
}

const readFolder = async (folder: string, names: readonly string[]): Promise<CifarFile[]> =>
  Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      try {
        return { file, bytes: await readFile(file) }
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code
        throw new RetableError(
          'not-found',
          code === 'ENOENT'
            ? `${file} is missing; expected ${names.join(', ')} in ${folder}`
            : `cannot read ${file}: ${(cause as Error).message}`,
          { cause },
        )
      }
    }),
  )

const readArchive = async (
  layout: CifarLayout,
  archive: string,
  names: readonly string[],
): Promise<CifarFile[]> => {
  await checkMd5(archive, layout.md5)
  const files = await readTarGz(archive, names)
  return names.map((name) => ({ file: `${archive}:${name}`, bytes: files.get(name)! }))
}

/** One of the CIFAR sets from disk. `layout` is an argument for tests, which have archives of their own. */
export const openCifar = async (
  format: CifarFormat,
  layout: CifarLayout,
  options: CifarOptions,
): Promise<Dataset> => {
  const { dir, split, download = false } = options
  if (typeof dir !== 'string' || dir === '') {
    throw new RetableError(
      'invalid-argument',
      `${format.name} takes dir, the folder of the set, as a string, found ${JSON.stringify(dir)}`,
    )
  }
  const names = Object.hasOwn(layout.files, split) ? layout.files[split] : undefined
  if (names === undefined) {
    throw new RetableError(
      'invalid-argument',
      `${format.name} has the splits train and test, found "${String(split)}"`,
    )
  }
  const recordsPerFile = options.recordsPerFile ?? layout.records[split]
  let found = await find(layout, dir)
  if (found === undefined && download) {
    found = { kind: 'folder', path: await fetchCifar(layout, { dir }) }
  }
  const python = await pythonVersion(layout, dir)
  if (python !== undefined && (found === undefined || found.path === python)) {
    throw new RetableError(
      'not-found',
      `${python} is the version for Python, and the binary version is needed: ${byHand(layout, found ? dirname(dir) : dir)}; or open the set with download: true`,
    )
  }
  if (found === undefined) {
    const missing =
      (await kindOf(dir)) === undefined
        ? `there is no folder ${dir}`
        : `${dir} holds no ${layout.folder}/ and no ${layout.archive}`
    throw new RetableError(
      'not-found',
      `${missing}. ${byHand(layout, dir)}; or open the set with download: true`,
    )
  }
  const files =
    found.kind === 'folder'
      ? await readFolder(found.path, names)
      : await readArchive(layout, found.path, names)
  const labels = format.name === 'cifar100' && format.labelAt === 0 ? { labels: 'coarse' } : {}
  return cifarDataset({
    format,
    name: `${format.name}-${split}`,
    files,
    recordsPerFile,
    shared: true,
    spec: { kind: format.name, dir: resolve(dir), split, recordsPerFile, ...labels },
  })
}

/**
 * CIFAR-10: 50,000 training and 10,000 test images of 32×32 in ten classes, from the official binary files
 * (`cifar-10-batches-bin/data_batch_1.bin` …), or from the official archive `cifar-10-binary.tar.gz`, read in place once
 * its published MD5 is verified.
 *
 * Images are handed out as bytes, 32×32×3, HWC, views into one shared array (154 MB for the training set). The fingerprint
 * is the SHA-256 of the split's files, one after the other.
 *
 * @throws RetableError `not-found` if the folder or a file is missing, with what to put where; `corrupt-data` for a file
 * that is truncated or too long, a label over 9, or an archive with another checksum; `download-failed`.
 * @example
 * const train = await cifar10({ dir: 'data', split: 'train', download: true })
 */
export const cifar10 = async (options: CifarOptions): Promise<Dataset> => {
  checkOptions('cifar10', options, optionNames)
  return openCifar(cifar10Format, cifar10Layout, options)
}

/**
 * CIFAR-100: as {@link cifar10}, from `cifar-100-binary/train.bin` and `test.bin` or `cifar-100-binary.tar.gz`, with its
 * hundred fine classes or twenty superclasses.
 *
 * @throws RetableError as {@link cifar10}; `corrupt-data` for a coarse label over 19 or a fine label over 99.
 * @example
 * const test = await cifar100({ dir: 'data', split: 'test', labels: 'coarse' })
 */
export const cifar100 = async (options: Cifar100Options): Promise<Dataset> => {
  checkOptions('cifar100', options, {
    ...optionNames,
    labels: true,
  })
  const { labels = 'fine', ...rest } = options
  return openCifar(cifar100Format(labels), cifar100Layout, rest)
}
