import { isMainThread } from 'node:worker_threads'
import { RetableError } from '@retable/core/host'
import type { Image } from '@retable/transforms'
import type { ImageHeader } from '../../imagenet/image-header.js'

/**
 * Decodes plain JPEGs by @napi-rs/image (zune-jpeg, SIMD), in two thirds of libvips's time. Its pixels differ from
 * Pillow's by a few gray levels at most, as its inverse DCT and chroma upsampling round differently. Damage within a file
 * it bridges otherwise than libjpeg, and reports neither: pixels after it may be anything.
 *
 * @throws RetableError `unavailable` if the package is not installed.
 */
export const loadFastDecoder = async (): Promise<
  (bytes: Buffer, header: ImageHeader) => Promise<Image>
> => {
  const { Transformer } = await import('@napi-rs/image').catch((cause: unknown) => {
    throw new RetableError(
      'unavailable',
      "decode: 'fast' needs the package @napi-rs/image: npm install @napi-rs/image@1",
      { cause },
    )
  })
  return async (bytes, { height, width }) => {
    const opened = new Transformer(bytes)
    // All threads of a process share libuv's four; a worker thread need not wait for one.
    const rgb = isMainThread ? await opened.rawPixels() : opened.rawPixelsSync()
    if (rgb.length !== height * width * 3) {
      throw new Error(
        `decoded to ${rgb.length} bytes, expected ${height * width * 3} of ${height}×${width}×3`,
      )
    }
    const data = new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.length)
    return { data, height, width, channels: 3 }
  }
}
