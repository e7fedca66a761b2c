import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describeImage } from '../../imagenet/image-list.js'
import type { ImageList } from '../../imagenet/image-list.js'
import type { ImageNetSplit, SplitSource } from './find-split.js'
import { keepFile, readKept } from './kept-file.js'

const KIND = 'retable-imagenet-index 3'

/** What an index says of the folders or the tar file that it was made from: as long as it holds, the index does. */
interface Head {
  readonly source: SplitSource
  readonly split: ImageNetSplit
  readonly synsets: readonly string[]
  readonly images: number
  readonly offsets: boolean
  /** modification times in ms, of the tar file or of the split's folder and those in it */
  readonly seen: Readonly<Record<string, number>>
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const indexPath = (cacheDir: string, source: SplitSource, split: ImageNetSplit): string =>
  join(cacheDir, `imagenet-${split}-${sha256(resolve(source.path)).slice(0, 16)}.index`)

const modified = async (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => NaN,
  )

/** The folders whose times tell of images added or gone; for a tar file, that. */
const lookAt = async (source: SplitSource, list: ImageList): Promise<Record<string, number>> => {
  const folders =
    source.kind === 'tar'
      ? []
      : [...new Set(list.paths.map((path) => path.split('/').slice(0, -1).join('/')))]
  const all = [...new Set(['', ...folders])]
  const times = await Promise.all(all.map((folder) => modified(join(source.path, folder))))
  return Object.fromEntries(all.map((folder, i) => [folder, times[i]!]))
}

/** SHA-256 over the images' classes, names and sizes. */
export const listFingerprint = (list: ImageList): string => {
  const hash = createHash('sha256')
  for (let i = 0; i < list.paths.length; i++) hash.update(describeImage(list, i))
  return hash.digest('hex')
}

/** Keeps a list for {@link readIndex}; where `cacheDir` cannot be written, it is not kept. */
export const writeIndex = async (
  cacheDir: string,
  source: SplitSource,
  split: ImageNetSplit,
  list: ImageList,
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
    seen: await lookAt(source, list),
  }
  await keepFile(indexPath(cacheDir, source, split), KIND, `${JSON.stringify(head)}\n${lines}`)
}

/** The list kept for a split; undefined where there is none, it is damaged, or the folders have changed since. */
export const readIndex = async (
  cacheDir: string,
  source: SplitSource,
  split: ImageNetSplit,
): Promise<ImageList | undefined> => {
  const text = await readKept(indexPath(cacheDir, source, split), KIND)
  if (text === undefined) return undefined
  const end = text.indexOf('\n')
  const head = JSON.parse(text.slice(0, end)) as Head
  if (head.source.kind !== source.kind) return undefined
  const seen = await Promise.all(
    Object.entries(head.seen).map(
      async ([folder, time]) => (await modified(join(source.path, folder))) === time,
    ),
  )
  if (seen.includes(false)) return undefined
  return parseLines(head, text.slice(end + 1))
}

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
