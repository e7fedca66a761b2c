import { join } from 'node:path'
import { checkOptions, sha256Hex } from '@retable/core/host'
import type { Image, Transform, TransformSpec } from '@retable/transforms'
import { accumulate } from '../accumulate.js'
import type { AccumulateOptions } from '../accumulate.js'
import { channelStatsAccumulator } from '../channel-stats.js'
import type { ChannelStats } from '../channel-stats.js'
import type { Dataset } from '../dataset.js'
import { meanImageAccumulator } from '../mean-image.js'
import { pcaAccumulator } from '../pca-of-pixels.js'
import type { PixelPca } from '../pca-of-pixels.js'
import { defaultCacheDir, keepFile, readKept } from './kept-file.js'
import { noRandom } from './pixel-statistics-random.js'

const KIND = 'retable-pixel-statistics 2'

/** What both papers take from the training images' pixels, of values from 0 to 1. */
export interface PixelStatistics {
  /** Mean and standard deviation of each channel. */
  readonly channels: ChannelStats
  /** The principal components of the RGB values (AlexNet §4.1). */
  readonly pca: PixelPca
  /** float32, HWC */
  readonly meanImage: Image
}

/** Options of {@link pixelStatistics}. */
export interface PixelStatisticsOptions extends Pick<
  AccumulateOptions,
  'concurrency' | 'onProgress' | 'signal'
> {
  /**
   * brings the images to one size, and draws nothing. Statistics are kept by its spec: not if it is a function of
   * one's own, or has one among its parts
   */
  readonly transform: Transform
  /** where they are kept; default: RETABLE_CACHE, or `retable` in XDG_CACHE_HOME or `~/.cache` */
  readonly cacheDir?: string
}

type Kept = Omit<PixelStatistics, 'meanImage'> & {
  readonly meanImage: Omit<Image, 'data'> & { readonly data: string }
}

/** Whether a spec tells all that the transform does: a function of your own is only named in it, or has none. */
const isKnown = (spec: TransformSpec | undefined): boolean =>
  spec !== undefined &&
  spec.kind !== 'custom' &&
  ((spec['transforms'] ?? []) as readonly TransformSpec[]).every(isKnown)

/**
 * Mean and standard deviation of each channel, the principal components of the pixels (AlexNet §4.1) and the mean image
 * (AlexNet §2), all of a set's images in one pass: an ImageNet is decoded once for them.
 *
 * Sums are exact, so that no order or number of threads shows; what was found is kept by the set's fingerprint and the
 * transform's spec, and read again to the bit. Draws nothing.
 *
 * @throws RetableError `invalid-argument` if the transform draws; `invalid-shape` if the transform leaves images of several sizes; `interrupted`; what the set throws.
 * @example
 * const square = compose([resize({ size: 256 }), centerCrop({ size: 256 })])
 * const { channels, pca, meanImage } = await pixelStatistics(train, { transform: square })
 */
export const pixelStatistics = async (
  dataset: Dataset,
  options: PixelStatisticsOptions,
): Promise<PixelStatistics> => {
  checkOptions('pixelStatistics', options, {
    transform: true,
    cacheDir: true,
    concurrency: true,
    onProgress: true,
    signal: true,
  })
  const { transform, cacheDir = defaultCacheDir(), ...rest } = options
  const known = isKnown(transform.spec)
  const key = sha256Hex(JSON.stringify([dataset.fingerprint, transform.spec]))
  const path = join(cacheDir, `${key.slice(0, 32)}.statistics`)
  const kept = known ? await readKept(path, KIND) : undefined
  if (kept !== undefined) return unpacked(JSON.parse(kept) as Kept)
  const [channels, pca, meanImage] = await accumulate<[ChannelStats, PixelPca, Image]>(
    dataset,
    [channelStatsAccumulator(), pcaAccumulator(), meanImageAccumulator()],
    { ...rest, transform, random: noRandom },
  )
  const found = { channels, pca, meanImage }
  if (known) await keepFile(path, KIND, JSON.stringify(packed(found)))
  return found
}

const packed = ({ channels, pca, meanImage }: PixelStatistics): Kept => {
  const { buffer, byteOffset, byteLength } = meanImage.data
  const data = Buffer.from(buffer, byteOffset, byteLength).toString('base64')
  return { channels, pca, meanImage: { ...meanImage, data } }
}

const unpacked = ({ channels, pca, meanImage }: Kept): PixelStatistics => {
  const bytes = Uint8Array.from(Buffer.from(meanImage.data, 'base64'))
  return { channels, pca, meanImage: { ...meanImage, data: new Float32Array(bytes.buffer) } }
}
