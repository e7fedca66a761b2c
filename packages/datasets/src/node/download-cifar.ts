import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkParentFolder, makeFolder } from '@retable/core/node'
import { checkMd5, readTarGz } from './archive.js'
import { cifar100Layout, cifar10Layout } from './cifar-layout.js'
import type { CifarLayout } from './cifar-layout.js'
import { download } from './download.js'
import type { DownloadOptions } from './download.js'

/** Options of {@link downloadCifar10}. */
export interface DownloadCifarOptions extends Pick<
  DownloadOptions,
  'attempts' | 'stallMs' | 'retryMs' | 'onProgress' | 'signal'
> {
  /** the folder to make the set's folder in; made if it is not there, in one that is */
  readonly dir: string
  /** a mirror; default the official address. What it sends must still have the official checksum */
  readonly url?: string
}

const isThere = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** What to put where if a set is missing and cannot be fetched. */
export const byHand = (layout: CifarLayout, dir: string): string =>
  `Put ${layout.archive} (MD5 ${layout.md5}, from ${layout.url}) into ${dir}, or its unpacked folder at ${join(dir, layout.folder)}`

/** Downloads and unpacks one of the sets; gives the path of its folder. */
export const fetchCifar = async (
  layout: CifarLayout,
  { dir, url = layout.url, ...patience }: DownloadCifarOptions,
): Promise<string> => {
  const folder = join(dir, layout.folder)
  if (await isThere(folder)) return folder
  checkParentFolder(dir)
  makeFolder(dir)
  const archive = join(dir, layout.archive)
  if (await isThere(archive)) await checkMd5(archive, layout.md5)
  else {
    await download({ ...patience, url, to: archive, md5: layout.md5, advice: byHand(layout, dir) })
  }
  const files = await readTarGz(archive, [...layout.files.train, ...layout.files.test])
  const unfinished = `${folder}.${process.pid}.part`
  try {
    await mkdir(unfinished, { recursive: true })
    for (const [name, bytes] of files) await writeFile(join(unfinished, name), bytes)
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Another process may have been quicker.
    if (!(await isThere(folder))) throw error
  }
  await rm(archive, { force: true })
  return folder
}

/**
 * Downloads CIFAR-10's official binary archive (162 MB) into `dir`, verifies its published MD5, unpacks it to
 * `dir/cifar-10-batches-bin` and removes the archive; does nothing if that folder is there already. Gives the folder's
 * path.
 *
 * A download that breaks off is resumed, at once or by the next call; nothing half-written bears a final name.
 *
 * @throws RetableError `not-found` if the folder that `dir` lies in is missing; `download-failed`, with what to put where by hand; `interrupted` if `signal` aborts.
 * @example
 * await downloadCifar10({ dir: 'data', onProgress: (bytes, of) => console.log(bytes, of) })
 */
export const downloadCifar10 = (options: DownloadCifarOptions): Promise<string> =>
  fetchCifar(cifar10Layout, options)

/** As {@link downloadCifar10}, of CIFAR-100 (161 MB), into `dir/cifar-100-binary`. */
export const downloadCifar100 = (options: DownloadCifarOptions): Promise<string> =>
  fetchCifar(cifar100Layout, options)
