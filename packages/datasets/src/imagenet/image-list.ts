import { RetableError } from '@retable/core/host'
import { isSynsetId } from './synsets.js'

/** The images of a split as the data set numbers them. Arrays of one length, for a million images take no objects. */
export interface ImageList {
  /** paths from the split's folder, or in the tar file: `n01440764/n01440764_10026.JPEG`, `/` between the parts */
  readonly paths: readonly string[]
  /** each image's synset, as an index into `synsets` */
  readonly classes: Int32Array
  /** the ids that `classes` points into, ascending */
  readonly synsets: readonly string[]
  /** bytes */
  readonly sizes: Float64Array
  /** where each begins in the tar file; undefined for files of their own */
  readonly offsets: Float64Array | undefined
}

/** An image found, before all are put in order. */
export interface FoundImage {
  readonly path: string
  readonly synset: string
  readonly size: number
  readonly offset?: number
}

/** A file's name without its folders. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Whether a file is an image by its name; `._a.JPEG` is what macOS keeps beside a.JPEG, and none. */
export const isImage = (path: string): boolean =>
  /\.(jpe?g|png)$/i.test(path) && !baseName(path).startsWith('.')

/** A path's synset, if a folder of it is named after one. */
export const synsetIn = (path: string): string | undefined =>
  path.split('/').slice(0, -1).reverse().find(isSynsetId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Puts images in order: training images by class and name, validation images by name, whichever folder they lie in, so
 * that a set is the same set in every layout, and the first n validation images are of all classes. Of one name, only
 * images in folders of different synsets are told apart.
 *
 * @throws RetableError `corrupt-data` for two of one name and synset, or of one name if one lies in no synset folder.
 */
export const imageList = (images: readonly FoundImage[], byClass: boolean): ImageList => {
  const sorted = images
    .map((image) => ({ ...image, name: baseName(image.path) }))
    .sort(
      (a, b) =>
        (byClass ? compare(a.synset, b.synset) : 0) ||
        compare(a.name, b.name) ||
        compare(a.synset, b.synset),
    )
  sorted.forEach((image, i) => {
    const before = sorted[i - 1]
    if (before?.name !== image.name) return
    if (before.synset === image.synset || !synsetIn(before.path) || !synsetIn(image.path)) {
      throw new RetableError(
        'corrupt-data',
        `two images are named ${image.name}: ${before.path} (${before.synset}) and ${image.path} (${image.synset}); leave one of them`,
      )
    }
  })
  const synsets = [...new Set(sorted.map(({ synset }) => synset))].sort(compare)
  const at = new Map(synsets.map((id, i) => [id, i]))
  return {
    paths: sorted.map(({ path }) => path),
    classes: Int32Array.from(sorted, ({ synset }) => at.get(synset)!),
    synsets,
    sizes: Float64Array.from(sorted, ({ size }) => size),
    offsets:
      sorted[0]?.offset === undefined
        ? undefined
        : Float64Array.from(sorted, ({ offset }) => offset!),
  }
}

/** One line per image, `synset name bytes`: what fingerprints are taken of. The same in every layout. */
export const describeImage = ({ paths, classes, synsets, sizes }: ImageList, i: number): string =>
  `${synsets[classes[i]!]} ${baseName(paths[i]!)} ${sizes[i]}\n`

/** The list without the images at `indices`. */
export const withoutImages = (list: ImageList, indices: ReadonlySet<number>): ImageList => {
  if (indices.size === 0) return list
  const keep = (_: unknown, i: number) => !indices.has(i)
  return {
    ...list,
    paths: list.paths.filter(keep),
    classes: list.classes.filter(keep),
    sizes: list.sizes.filter(keep),
    offsets: list.offsets?.filter(keep),
  }
}
