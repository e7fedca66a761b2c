import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { RetableError } from '@retable/core'
import { cifar100Format, cifar10Format } from '../cifar-format.js'
import type { Cifar100Labels, CifarFile, CifarFormat } from '../cifar-format.js'
import type { Dataset } from '../dataset.js'
import { cifarDataset, fingerprintSuffix } from '../parse-cifar.js'

/** Options of {@link cifar10}. */
export interface CifarOptions {
  /** the folder that holds `cifar-10-batches-bin/`, or that folder itself */
  readonly dir: string
  readonly split: 'train' | 'test'
  /** records each file must hold: 10,000 in CIFAR-10's, 50,000 and 10,000 in CIFAR-100's unless given */
  readonly recordsPerFile?: number
}

interface Layout {
  readonly folder: string
  readonly files: { readonly [split in 'train' | 'test']: readonly string[] }
  readonly records: { readonly [split in 'train' | 'test']: number }
}

const cifar10Layout: Layout = {
  folder: 'cifar-10-batches-bin',
  files: {
    train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
    test: ['test_batch.bin'],
  },
  records: { train: 10_000, test: 10_000 },
}

const exists = async (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

const findFolder = async (layout: Layout, dir: string): Promise<string> => {
  const below = join(dir, layout.folder)
  if (await exists(below)) return below
  if (basename(resolve(dir)) === layout.folder && (await exists(dir))) return dir
  for (const file of [...layout.files.train, ...layout.files.test]) {
    if (await exists(join(dir, file))) return dir
  }
  throw new RetableError(
    'not-found',
    `found no ${layout.folder} in ${dir}; expected ${below}/ with ${[...layout.files.train, ...layout.files.test].join(', ')}`,
  )
}

const readCifar = async (
  format: CifarFormat,
  layout: Layout,
  { dir, split, recordsPerFile = layout.records[split] }: CifarOptions,
): Promise<Dataset> => {
  const folder = await findFolder(layout, dir)
  const files = await Promise.all(
    layout.files[split].map(async (name): Promise<CifarFile> => {
      const file = join(folder, name)
      try {
        return { file, bytes: await readFile(file) }
      } catch (cause) {
        throw new RetableError('not-found', `cannot read ${file}`, { cause })
      }
    }),
  )
  const hash = createHash('sha256')
  for (const { bytes } of files) hash.update(bytes)
  hash.update(fingerprintSuffix(format))
  return cifarDataset({
    format,
    name: `${format.name}-${split}`,
    files,
    recordsPerFile,
    shared: true,
    fingerprint: hash.digest('hex'),
    spec: { name: format.name, dir: resolve(dir), split, recordsPerFile },
  })
}

/** CIFAR-10 from the official binary files. */
export const cifar10 = (options: CifarOptions): Promise<Dataset> =>
  readCifar(cifar10Format, cifar10Layout, options)

export { cifar100Format }
export type { Cifar100Labels }
