import { isMainThread } from 'node:worker_threads'
import { RetableError } from '@retable/core/host'
import type { Image } from '@retable/transforms'
import type { ImageHeader } from '../../imagenet/image-header.js'

/** The package's enumerations are types alone: FastResizeFilter.Bilinear and ResizeFit.Fill. */
const [BILINEAR, FILL] = [1, 1]

/**
 * Decodes plain JPEGs by @napi-rs/image (zune-jpeg, SIMD), in two thirds of libvips's time, and rescales them natively. Its pixels
 * differ from Pillow's by a few grey levels at most, as its inverse DCT and chroma upsampling round differently.
 *
 * @throws RetableError `unavailable` where the package is not installed.
 */
export const loadFastDecoder = async (
  shorterSide: number | undefined,
): Promise<(bytes: Buffer, header: ImageHeader) => Promise<Image>> => {
  const { Transformer } = await import('@napi-rs/image').catch((cause: unknown) => {
    throw new RetableError(
      'unavailable',
      "decode: 'fast' needs the package @napi-rs/image: npm install @napi-rs/image@1",
      { cause },
    )
  })
  return async (bytes, header) => {
    const opened = new Transformer(bytes)
    let { height, width } = header
    if (shorterSide !== undefined && shorterSide !== Math.min(height, width)) {
      const size =
        height <= width
          ? { height: shorterSide, width: Math.floor((shorterSide * width) / height) }
          : { height: Math.floor((shorterSide * height) / width), width: shorterSide }
      ;({ height, width } = size)
      opened.fastResize({ ...size, filter: BILINEAR, fit: FILL })
    }
    // All threads of a process share libuv's four; a worker thread need not wait for one.
    const raw = isMainThread ? await opened.rawPixels() : opened.rawPixelsSync()
    const pixels = height * width
    if (raw.length !== pixels * 3 && raw.length !== pixels * 4) {
      throw new Error(
        `decoded to ${raw.length} bytes, expected ${pixels * 3} of ${height}×${width}`,
      )
    }
    const rgb = raw.length === pixels * 3 ? raw : withoutAlpha(raw, pixels)
    const data = new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.length)
    return { data, height, width, channels: 3 }
  }
}

/** Rescaled pixels come with a fourth byte; taken out in their place, as new memory would cost more than the moves. */
const withoutAlpha = (rgba: Uint8Array, pixels: number): Uint8Array => {
  for (let i = 0, o = 0; i < 4 * pixels; i += 4, o += 3) {
    rgba[o] = rgba[i]!
    rgba[o + 1] = rgba[i + 1]!
    rgba[o + 2] = rgba[i + 2]!
  }
  return rgba.subarray(0, 3 * pixels)
}
