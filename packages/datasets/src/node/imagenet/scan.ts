import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RetableError } from '@retable/core/host'
import { baseName, imageList, isImage, synsetIn } from '../../imagenet/image-list.js'
import type { FoundImage, ImageList } from '../../imagenet/image-list.js'
import { isSynsetId } from '../../imagenet/synsets.js'
import { findGroundTruth, groundTruthFiles, readGroundTruth } from './devkit.js'
import type { ImageNetSplit, SplitSource } from './find-split.js'
import { fileStamp, stampOf, stampsOf } from './stamps.js'
import type { Stamps } from './stamps.js'
import { tarFiles, withFile } from './tar-files.js'

/** Files looked at together. */
const TOGETHER = 64

/** Called while images are looked for, with how many are found. */
export type OnFound = (images: number) => void

/** The synset whose images a tar inside the training tar holds; undefined for files that are no such tar. */
const synsetOfTar = (path: string): string | undefined =>
  /^([^.].*)\.tar$/.exec(baseName(path))?.[1]

type Bare = Omit<FoundImage, 'synset'>

interface Found {
  readonly bare: readonly Bare[]
  /** of all that was looked through, taken before: what changes while it is looked through shows later */
  readonly seen: Stamps
}

/** The size of an image file; throws RetableError `corrupt-data` for a folder of such a name, or a link to nowhere. */
const sizeOf = async (path: string): Promise<number> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw new RetableError('corrupt-data', `cannot read ${path}: ${(cause as Error).message}`, {
      cause,
    })
  })
  if (found.isFile()) return found.size
  throw new RetableError('corrupt-data', `${path} is not a file, expected an image by its name`)
}

const inFolder = async (root: string, onFound: OnFound): Promise<Found> => {
  const found: Bare[] = []
  const seen: Record<string, string> = {}
  const look = async (folder: string) => (seen[resolve(folder)] = await stampOf(folder))
  await look(root)
  const entries = await readdir(root, { withFileTypes: true })
  const folders = entries.filter(({ name }) => isSynsetId(name)).map(({ name }) => name)
  const loose = entries.filter((e) => !e.isDirectory() && isImage(e.name)).map(({ name }) => name)
  const add = async (paths: readonly string[]) => {
    for (let i = 0; i < paths.length; i += TOGETHER) {
      found.push(
        ...(await Promise.all(
          paths
            .slice(i, i + TOGETHER)
            .map(async (path) => ({ path, size: await sizeOf(join(root, path)) })),
        )),
      )
    }
    onFound(found.length)
  }
  for (const folder of folders) {
    await look(join(root, folder))
    const names = await readdir(join(root, folder)).catch((cause: unknown) => {
      throw new RetableError(
        'corrupt-data',
        `cannot read ${join(root, folder)}: ${(cause as Error).message}; expected a folder of images by its name`,
        { cause },
      )
    })
    await add(names.filter(isImage).map((name) => `${folder}/${name}`))
  }
  await add(loose)
  return { bare: found, seen }
}

/** Images of the official tars: one tar per synset inside the training tar, all images in the validation tar. */
const inTar = (
  { path, size: length, modified }: SplitSource & { readonly kind: 'tar' },
  onFound: OnFound,
): Promise<Found> =>
  withFile(path, async (handle) => {
    const found: Bare[] = []
    const wanted = (name: string) => isImage(name) || synsetOfTar(name) !== undefined
    for await (const file of tarFiles({ handle, path, from: 0, length }, wanted)) {
      const synset = synsetOfTar(file.name)
      if (synset === undefined) {
        found.push({ path: file.name, size: file.size, offset: file.offset })
      } else {
        const inside = `${baseName(file.name)} in ${path}`
        const place = { handle, path: inside, from: file.offset, length: file.size }
        for await (const { name, size, offset } of tarFiles(place, isImage)) {
          found.push({ path: `${synset}/${baseName(name)}`, size, offset })
        }
      }
      onFound(found.length)
    }
    return { bare: found, seen: { [resolve(path)]: fileStamp(modified, length) } }
  })

/** The folders in which, and below which, a split's ground truth is looked for. */
export const truthPlaces = (source: SplitSource, dir: string): readonly string[] => {
  const parent = dirname(source.path)
  return [...new Set([source.path, parent, dir, dirname(parent)])]
}

/** A split's images, and what their list was made of. */
export interface Scanned {
  readonly list: ImageList
  /** of folders or tar file, and of the files of the ground truth */
  readonly seen: Stamps
  /** the files that gave labels to images in no synset folder; none if all lie in such */
  readonly truth: readonly string[]
}

/**
 * Looks for a split's images, and labels those that lie in no synset folder by the ground truth.
 *
 * @throws RetableError `not-found` if there are no images, or no ground truth for them; `corrupt-data` for an image
 * that the ground truth does not label, two of one name, or a tar that is broken.
 */
export const scan = async (
  source: SplitSource,
  split: ImageNetSplit,
  dir: string,
  onFound: OnFound = () => undefined,
): Promise<Scanned> => {
  const { bare, seen } =
    source.kind === 'folder' ? await inFolder(source.path, onFound) : await inTar(source, onFound)
  if (bare.length === 0) {
    throw new RetableError(
      'not-found',
      `${source.path} holds no images: expected .JPEG files in folders named after synsets (n01440764)${split === 'val' ? ', or side by side' : ''}`,
    )
  }
  const homeless = bare.find(({ path }) => synsetIn(path) === undefined)
  if (homeless !== undefined && split === 'train') {
    throw new RetableError(
      'corrupt-data',
      `${homeless.path} in ${source.path} lies in no synset folder; training images are expected in train/<synset>/`,
    )
  }
  const truth = homeless && (await findGroundTruth(truthPlaces(source, dir)))
  if (homeless !== undefined && truth === undefined) {
    throw new RetableError(
      'not-found',
      `${source.path} has images without synset folders (${homeless.path}), and no ground truth is there to label them; put ${groundTruthFiles} into ${dirname(source.path)}`,
    )
  }
  const files = truth?.files ?? []
  const seenTruth = await stampsOf(files)
  const synsetOf = truth && (await readGroundTruth(truth))
  const images = bare.map((image) => {
    const synset = synsetIn(image.path) ?? synsetOf!(baseName(image.path))
    if (synset === undefined) {
      throw new RetableError(
        'corrupt-data',
        `${files[0]} does not label ${image.path} in ${source.path}`,
      )
    }
    return { ...image, synset }
  })
  return {
    list: imageList(images, split === 'train'),
    seen: { ...seen, ...seenTruth },
    truth: files,
  }
}
