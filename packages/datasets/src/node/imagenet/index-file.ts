import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createSha256, sha256Hex } from '@retable/core/host'
import { describeImage } from '../../imagenet/image-list.js'
import type { ImageList } from '../../imagenet/image-list.js'
import type { ImageNetSplit, SplitSource } from './find-split.js'
import { findGroundTruth } from './devkit.js'
import { keepFile, readKept } from '../kept-file.js'
import { truthPlaces } from './scan.js'
import type { Scanned } from './scan.js'
import { isUnchanged } from './stamps.js'
import type { Stamps } from './stamps.js'

const KIND = 'retable-imagenet-index 4'

/** What an index says of the folders or the tar file that it was made from: as long as it holds, the index does. */
interface Head {
  readonly source: SplitSource
  readonly split: ImageNetSplit
  readonly synsets: readonly string[]
  readonly images: number
  readonly offsets: boolean
  readonly seen: Stamps
  readonly truth: readonly string[]
}

/** Where something on a split is kept; with the path of the split's folder or tar file in its name. */
export const splitPath = (
  cacheDir: string,
  source: SplitSource,
  split: ImageNetSplit,
  what: 'index' | 'broken' | `broken-${number}`,
): string =>
  join(cacheDir, `imagenet-${split}-${sha256Hex(resolve(source.path)).slice(0, 16)}.${what}`)

/** SHA-256 over the images' classes, names and sizes. */
export const listFingerprint = (list: ImageList): string => {
  const hash = createSha256()
  for (let i = 0; i < list.paths.length; i++) hash.update(describeImage(list, i))
  return hash.hex()
}

/** Keeps a list for {@link readIndex}; if `cacheDir` cannot be written, it is not kept. */
export const writeIndex = async (
  cacheDir: string,
  source: SplitSource,
  split: ImageNetSplit,
  { list, seen, truth }: Scanned,
): Promise<void> => {
  // Paths as JSON: a tab or the end of a line may be part of a name.
  const lines = list.paths
    .map((path, i) =>
      [
        list.classes[i],
        list.sizes[i],
        ...(list.offsets ? [list.offsets[i]] : []),
        JSON.stringify(path),
      ].join('\t'),
    )
    .join('\n')
  const head: Head = {
    source: { ...source, path: resolve(source.path) },
    split,
    synsets: list.synsets,
    images: list.paths.length,
    offsets: list.offsets !== undefined,
    seen,
    truth,
  }
  await keepFile(
    splitPath(cacheDir, source, split, 'index'),
    KIND,
    `${JSON.stringify(head)}\n${lines}`,
  )
}

/**
 * What was kept for a split; undefined if there is nothing, it is damaged, or folders, tar file or ground truth have
 * changed since. Ground truth is looked for in `dir` as well.
 */
export const readIndex = async (
  cacheDir: string,
  source: SplitSource,
  split: ImageNetSplit,
  dir: string,
): Promise<Scanned | undefined> => {
  const text = await readKept(splitPath(cacheDir, source, split, 'index'), KIND)
  if (text === undefined) return undefined
  const end = text.indexOf('\n')
  const head = JSON.parse(text.slice(0, end)) as Head
  const { seen, truth } = head
  if (head.source.kind !== source.kind || !(await isUnchanged(seen))) return undefined
  if (truth.length > 0) {
    const found = (await findGroundTruth(truthPlaces(source, dir)))?.files ?? []
    if (found.join('\n') !== truth.join('\n')) return undefined
  }
  return { list: parseLines(head, text.slice(end + 1)), seen, truth }
}

/** Drops what was kept for a split, if an image turns out not to be one of those listed. */
export const dropIndex = (
  cacheDir: string,
  source: SplitSource,
  split: ImageNetSplit,
): Promise<void> =>
  rm(splitPath(cacheDir, source, split, 'index'), { force: true }).catch(() => undefined)

const parseLines = ({ synsets, images, offsets }: Head, lines: string): ImageList => {
  const list = {
    paths: Array<string>(images),
    classes: new Int32Array(images),
    synsets,
    sizes: new Float64Array(images),
    offsets: offsets ? new Float64Array(images) : undefined,
  }
  lines.split('\n').forEach((line, i) => {
    const fields = line.split('\t')
    list.classes[i] = Number(fields[0])
    list.sizes[i] = Number(fields[1])
    if (list.offsets) list.offsets[i] = Number(fields[2])
    list.paths[i] = JSON.parse(fields.at(-1)!) as string
  })
  return list
}
