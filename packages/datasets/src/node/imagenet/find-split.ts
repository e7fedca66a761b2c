import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import { isImage } from '../../imagenet/image-list.js'
import { isSynsetId } from '../../imagenet/synsets.js'

/** The labeled splits of ILSVRC-2012: 1,281,167 and 50,000 images. */
export type ImageNetSplit = 'train' | 'val'

/** Where a split's images are; a tar file with its size in bytes and its modification time in ms. */
export type SplitSource =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'tar'
      readonly path: string
      readonly size: number
      readonly modified: number
    }

const tarAt = async (path: string): Promise<SplitSource> => {
  const { size, mtimeMs: modified } = await stat(path)
  return { kind: 'tar', path, size, modified }
}

const kindOf = async (path: string): Promise<'file' | 'folder' | undefined> =>
  stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  )

const usual: Readonly<
  Record<ImageNetSplit, { readonly folders: readonly string[]; readonly tar: string }>
> = {
  train: {
    folders: ['train', 'ILSVRC2012_img_train', 'ILSVRC/Data/CLS-LOC/train', 'Data/CLS-LOC/train'],
    tar: 'ILSVRC2012_img_train.tar',
  },
  val: {
    folders: [
      'val',
      'validation',
      'ILSVRC2012_img_val',
      'ILSVRC/Data/CLS-LOC/val',
      'Data/CLS-LOC/val',
    ],
    tar: 'ILSVRC2012_img_val.tar',
  },
}

/** The folders below `dir` that an ImageNet may be in. */
const homes = ['.', 'imagenet', 'ImageNet', 'ILSVRC2012', 'imagenet-1k']

/** Whether a folder has images or folders of synsets in it; a link counts by its name. */
const holdsImages = async (path: string): Promise<boolean> =>
  (await readdir(path, { withFileTypes: true })).some((entry) =>
    entry.isDirectory() || entry.isSymbolicLink()
      ? isSynsetId(entry.name) || (entry.isSymbolicLink() && isImage(entry.name))
      : isImage(entry.name),
  )

/** What to put where. */
const imagenetByHand = (dir: string): string =>
  `put train/<synset>/*.JPEG and val/, or ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar with ILSVRC2012_devkit_t12.tar.gz, from https://image-net.org/download (free, with an account) into ${dir}`

/**
 * Finds a split: in one of the usual folders at `dir` or a folder `imagenet` in it, as the official tar file, or as
 * `dir` itself if that holds synset folders or images. A folder without any gives way to a tar beside it.
 *
 * @throws RetableError `not-found`, with what to put where; `invalid-argument` for an unknown split.
 */
export const findSplit = async (dir: string, split: ImageNetSplit): Promise<SplitSource> => {
  const wanted = Object.hasOwn(usual, split) ? usual[split] : undefined
  if (wanted === undefined) {
    throw new RetableError(
      'invalid-argument',
      `imagenet has the splits train and val, found "${String(split)}"`,
    )
  }
  const at = await kindOf(dir)
  if (at === 'file') return tarAt(dir)
  if (at === undefined) {
    throw new RetableError('not-found', `there is no folder ${dir}; ${imagenetByHand(dir)}`)
  }
  let empty: string | undefined
  for (const home of homes) {
    for (const folder of wanted.folders) {
      const path = join(dir, home, folder)
      if ((await kindOf(path)) !== 'folder') continue
      if (await holdsImages(path)) return { kind: 'folder', path }
      empty ??= path
    }
    const path = join(dir, home, wanted.tar)
    if ((await kindOf(path)) === 'file') return tarAt(path)
  }
  if (await holdsImages(dir)) return { kind: 'folder', path: dir }
  // What it lacks is reported when it is scanned.
  if (empty !== undefined) return { kind: 'folder', path: empty }
  throw new RetableError(
    'not-found',
    `${dir} holds no ${wanted.folders[0]}/ and no ${wanted.tar}; ${imagenetByHand(dir)}`,
  )
}
