import { resolve } from 'node:path'
import { RetableError, checkOptions, isRetableError, sha256Hex } from '@retable/core/host'
import { checkIndex } from '../../check-index.js'
import { checkChoice } from '../../check-choice.js'
import type { Dataset } from '../../dataset.js'
import { describeImage, withoutImages } from '../../imagenet/image-list.js'
import type { ImageList } from '../../imagenet/image-list.js'
import { imagenetSynsets } from '../../imagenet/synsets.js'
import type { Synset } from '../../imagenet/synsets.js'
import { findBroken } from './broken-images.js'
import type { BrokenImage } from './broken-images.js'
import { createDecoder, defaultMaxPixels } from './decoder.js'
import { decodings } from './decoding.js'
import type { Decoding } from './decoding.js'
import { findSplit } from './find-split.js'
import type { ImageNetSplit } from './find-split.js'
import { imageBytes, imagePath } from './image-bytes.js'
import { dropIndex, listFingerprint, readIndex, splitPath, writeIndex } from './index-file.js'
import { defaultCacheDir } from '../kept-file.js'
import { GREATEST_SHORTER_SIDE } from './rescaled-size.js'
import { scan } from './scan.js'

/** Options of {@link imagenet}. */
export interface ImageNetOptions {
  /** the folder that holds the split's folder or official tar file, that folder, or the tar file itself */
  readonly dir: string
  /** `train`, or `val` with its ground truth */
  readonly split: ImageNetSplit
  /**
   * `ilsvrc2012` (default): the thousand classes, also if only some have images, so that labels are what published
   * nets give; `present`: those that have images
   */
  readonly classes?: 'ilsvrc2012' | 'present'
  /**
   * rescales every image to this shorter side, in pixels, 4096 at most, as `resize` of `@retable/transforms`; default:
   * as it is
   */
  readonly shorterSide?: number
  /**
   * `exact` (default): Pillow's pixels to the bit, by sharp; `fast`: by @napi-rs/image, a few gray levels off, and more
   * if a file is damaged and libjpeg bridges it
   */
  readonly decode?: Decoding
  /**
   * what happens to images that cannot be decoded, or are too long to be rescaled. `throw` (default): `get` throws, naming the file. `skip`: all images
   * are decoded once, on the first opening; `broken` lists those that cannot be, and the set is without them
   */
  readonly broken?: 'throw' | 'skip'
  /**
   * the most pixels of an image, default 100,000,000: more than any image of ImageNet has. One that claims more counts as one
   * that cannot be decoded, and takes no memory
   */
  readonly maxPixels?: number
  /** where the index is kept; default: RETABLE_CACHE, or `retable` in XDG_CACHE_HOME or `~/.cache` */
  readonly cacheDir?: string
  /** called while images are looked for and checked */
  readonly onProgress?: (phase: 'listing' | 'checking', done: number, of?: number) => void
  /** stops between files, with RetableError `interrupted` */
  readonly signal?: AbortSignal
}

/** ImageNet, opened. */
export interface ImageNet extends Dataset {
  /** the classes, in the order of the labels */
  readonly synsets: readonly Synset[]
  /** images left out since they cannot be decoded; with `broken: 'skip'` */
  readonly broken: readonly BrokenImage[]
  /** Where example i is: its file, or its name in the tar file. */
  fileAt(i: number): string
}

/** Throws RetableError `invalid-argument` for an unknown option, or a value that it does not take. */
const check = (options: ImageNetOptions): void => {
  checkOptions('imagenet', options, {
    dir: true,
    split: true,
    classes: true,
    shorterSide: true,
    maxPixels: true,
    decode: true,
    broken: true,
    cacheDir: true,
    onProgress: true,
    signal: true,
  })
  const { classes, decode, broken, shorterSide = 1, maxPixels = 1 } = options
  if (!Number.isSafeInteger(maxPixels) || maxPixels < 1) {
    throw new RetableError(
      'invalid-argument',
      `maxPixels is a whole number of at least 1, found ${String(maxPixels)}`,
    )
  }
  checkChoice('classes', classes, ['ilsvrc2012', 'present'])
  checkChoice('decode', decode, decodings)
  checkChoice('broken', broken, ['throw', 'skip'])
  if (shorterSide > GREATEST_SHORTER_SIDE) {
    throw new RetableError(
      'invalid-argument',
      `shorterSide is ${GREATEST_SHORTER_SIDE} at most, found ${shorterSide}`,
    )
  }
}

/** Which images are broken depends on the limit. */
const brokenAt = (maxPixels: number) =>
  maxPixels === defaultMaxPixels ? 'broken' : (`broken-${maxPixels}` as const)

const classesOf = (list: ImageList, which: 'ilsvrc2012' | 'present'): readonly Synset[] => {
  const known = new Map(imagenetSynsets.map((synset) => [synset.id, synset]))
  if (which === 'present') return list.synsets.map((id) => known.get(id) ?? { id, name: id })
  const stranger = list.synsets.find((id) => !known.has(id))
  if (stranger === undefined) return imagenetSynsets
  throw new RetableError(
    'invalid-argument',
    `${stranger} is not one of ILSVRC-2012's thousand classes; use only the classes that have images with classes: 'present'`,
  )
}

const listed = async (options: ImageNetOptions, cacheDir: string) => {
  const { dir, split, onProgress } = options
  const source = await findSplit(dir, split)
  const known = await readIndex(cacheDir, source, split, dir)
  if (known !== undefined) return { source, ...known }
  const made = await scan(source, split, dir, (found) => onProgress?.('listing', found))
  await writeIndex(cacheDir, source, split, made)
  return { source, ...made }
}

/**
 * ImageNet (ILSVRC-2012) from its usual layouts: `train/<synset>/*.JPEG`; `val/` in synset folders, or flat with the
 * devkit's ground truth; the official tar files, read in place. Classes are in the order of their synset ids.
 *
 * Training images are in the order of class and name, validation images of their names, whatever the layout. An index
 * of what was found is kept, and made again if folders, ground truth or tar file have changed since. Images are decoded when asked
 * for, to bytes, RGB, HWC; color profiles and EXIF orientation are ignored, as torchvision ignores them. The
 * fingerprint is taken of classes, names and sizes of the files, not of their content, and of the options that decide
 * pixels. Sets sharp's `concurrency` to 1 and its cache off, for the process.
 *
 * @throws RetableError `not-found` if folder, images or ground truth are missing, with what to put where;
 * `corrupt-data` for a broken tar file or ground truth, and from `get`, naming the file, for an image that cannot be
 * decoded; `invalid-argument`; `unavailable` without sharp; `interrupted`.
 * @example
 * const validation = await imagenet({ dir: 'data', split: 'val' })
 * const { image, label } = await validation.get(0)
 * console.log(validation.fileAt(0), image.height, image.width, validation.classes[label])
 */
export const imagenet = async (options: ImageNetOptions): Promise<ImageNet> => {
  check(options)
  const { dir, split, shorterSide, decode = 'exact', broken = 'throw', classes = 'ilsvrc2012' } = options // prettier-ignore
  const { cacheDir = defaultCacheDir(), maxPixels = defaultMaxPixels, onProgress, signal } = options // prettier-ignore
  const decoder = await createDecoder(decode, shorterSide, maxPixels)
  const { source, list: all, seen } = await listed(options, cacheDir)
  const read = async (list: ImageList, i: number): Promise<Buffer> => {
    try {
      return await imageBytes(source, list, i)
    } catch (error) {
      // Not what it was listed as: the next opening lists again.
      if (isRetableError(error) && error.code === 'corrupt-data') await dropIndex(cacheDir, source, split) // prettier-ignore
      throw error
    }
  }
  const printed = listFingerprint(all)
  const left =
    broken === 'throw'
      ? new Map<number, BrokenImage>()
      : await findBroken({
          source,
          list: all,
          fingerprint: printed,
          seen,
          read: (i) => read(all, i),
          decode: await createDecoder('exact', undefined, maxPixels),
          shorterSide,
          file: splitPath(cacheDir, source, split, brokenAt(maxPixels)),
          onProgress: (done, of) => onProgress?.('checking', done, of),
          signal,
        })
  const list = withoutImages(all, new Set(left.keys()))
  const synsets = classesOf(list, classes)
  const labelOf = new Map(synsets.map(({ id }, label) => [id, label]))
  const labels = list.classes.map((c) => labelOf.get(list.synsets[c]!)!)
  const name = `imagenet-${split}`
  const length = list.paths.length
  const out = [...left.keys()].map((i) => describeImage(all, i))
  const pixels = { shorterSide: shorterSide ?? null, decode }
  return {
    name,
    classes: synsets.map((synset) => synset.name),
    synsets,
    length,
    broken: [...left.values()],
    fingerprint: sha256Hex(JSON.stringify([printed, synsets.map(({ id }) => id), pixels, out])),
    spec: {
      kind: 'imagenet',
      dir: resolve(dir),
      split,
      classes,
      decode,
      broken,
      cacheDir: resolve(cacheDir),
      ...(shorterSide === undefined ? {} : { shorterSide }),
      ...(maxPixels === defaultMaxPixels ? {} : { maxPixels }),
    },
    fileAt: (i) => imagePath(source, list, checkIndex(name, length, i)),
    labelAt: (i) => labels[checkIndex(name, length, i)]!,
    get: async (i) => {
      checkIndex(name, length, i)
      const bytes = await read(list, i)
      try {
        return { image: await decoder(bytes), label: labels[i]! }
      } catch (cause) {
        if (isRetableError(cause)) throw cause
        throw new RetableError(
          'corrupt-data',
          `${imagePath(source, list, i)} cannot be decoded: ${(cause as Error).message}; replace the file, or leave such images out with broken: 'skip'`,
          { cause },
        )
      }
    },
  }
}
