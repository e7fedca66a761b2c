import type Sharp from 'sharp'
import { RetableError } from '@retable/core/host'
import { resize } from '@retable/transforms'
import { imageHeader } from '../../imagenet/image-header.js'
import type { ImageHeader } from '../../imagenet/image-header.js'
import type { Decoder, Decoding } from './decoding.js'
import { loadFastDecoder } from './fast-decoder.js'
import { tooLarge } from './rescaled-size.js'

/** sharp, set to one thread per image; throws RetableError `unavailable` if it is not installed. */
export const loadSharp = async (): Promise<typeof Sharp> => {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new RetableError(
      'unavailable',
      'reading ImageNet needs the package sharp: npm install sharp@0.35',
      { cause },
    )
  })
  // One image per thread, many images at once: threads inside an image only cost, and no file is read twice.
  sharp.concurrency(1)
  sharp.cache(false)
  return sharp
}

/** Cyan, magenta, yellow and black as RGB, as Pillow converts them: 255 − k less c·(255 − k)/255, rounded. */
const rgbOfCmyk = (cmyk: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let i = 0, o = 0; i < cmyk.length; i += 4, o += 3) {
    const light = 255 - cmyk[i + 3]!
    for (let c = 0; c < 3; c++) {
      const product = cmyk[i + c]! * light + 128
      rgb[o + c] = Math.max(0, light - (((product >> 8) + product) >> 8))
    }
  }
  return rgb
}

/** The first line of sharp's error, without the name of the loader before it. */
const reason = (error: unknown, maxPixels: number): string =>
  (error as Error).message
    .split('\n')[0]!
    .replace(/^.*Vips\w+: /, '')
    .replace(
      'Input image exceeds pixel limit',
      `it is over the limit of ${maxPixels} pixels (maxPixels)`,
    )

/**
 * Decodes by sharp (libvips, libjpeg-turbo): of JPEGs the same bytes as Pillow's `convert('RGB')`. Color profiles and
 * EXIF orientation are ignored, as torchvision ignores them; gray becomes RGB, CMYK goes by Pillow's formula,
 * transparency is dropped. A truncated file is an error, as there; damage that libjpeg can bridge is not.
 */
const exactDecoder = async (maxPixels: number): Promise<Decoder> => {
  const sharp = await loadSharp()
  return async (bytes) => {
    const { components } = imageHeader(bytes)
    const opened = sharp(bytes, {
      ignoreIcc: true,
      failOn: 'error',
      limitInputPixels: maxPixels,
    })
    if (components === 4) opened.pipelineColourspace('cmyk').toColourspace('cmyk')
    else opened.removeAlpha().toColourspace('srgb')
    const { data, info } = await opened
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
    if (channels === 3) return { data: pixels, height, width, channels }
    if (channels === 4) return { data: rgbOfCmyk(pixels), height, width, channels: 3 }
    throw new Error(`decoded to ${channels} channels, expected 3`)
  }
}

/** The most pixels of an image unless an option says otherwise: more than any image of ImageNet has, and 300 MB. */
export const defaultMaxPixels = 100_000_000

/** The most pixels of a JPEG per byte: each block of 64 takes at least one bit. */
const pixelsPerByte = 512

/** Throws if a JPEG claims more pixels than are allowed, or than so many bytes can hold. sharp checks other formats itself. */
const checkSize = ({ height, width }: ImageHeader, bytes: number, maxPixels: number): void => {
  const pixels = height * width
  if (pixels > maxPixels) {
    throw new Error(`${height}×${width} is over the limit of ${maxPixels} pixels (maxPixels)`)
  }
  if (pixels > pixelsPerByte * bytes) {
    throw new Error(
      `it claims ${height}×${width}, and its ${bytes} bytes cannot hold so many pixels`,
    )
  }
}

/** Whether the quick decoder takes a file: a three-component JPEG of usual colors that reaches its end. */
const isPlain = (bytes: Buffer, { format, components, oddColors }: ImageHeader): boolean =>
  format === 'jpeg' && components === 3 && !oddColors && bytes.subarray(-64).lastIndexOf(Buffer.of(0xff, 0xd9)) >= 0 // prettier-ignore

/**
 * The decoder asked for; with `shorterSide`, images come rescaled to it, as by `resize({ size: shorterSide })`.
 *
 * @param maxPixels an image that claims more is refused before memory is taken for it
 * @throws RetableError `unavailable` if its package is not installed.
 */
export const createDecoder = async (
  decoding: Decoding,
  shorterSide: number | undefined,
  maxPixels: number = defaultMaxPixels,
): Promise<Decoder> => {
  const exact = await exactDecoder(maxPixels)
  const fast = decoding === 'fast' ? await loadFastDecoder() : undefined
  const rescale = shorterSide === undefined ? undefined : resize({ size: shorterSide })
  return async (bytes) => {
    const header = imageHeader(bytes)
    if (bytes.length === 0) throw new Error('the file is empty')
    if (header.format === 'unknown') throw new Error('not an image')
    checkSize(header, bytes.length, maxPixels)
    // What the quick decoder refuses, such as arithmetic coding, is the exact one's to decode or to refuse.
    const quick = fast !== undefined && isPlain(bytes, header)
    const image = await (
      quick ? fast(bytes, header).catch(() => exact(bytes)) : exact(bytes)
    ).catch((cause: unknown) => {
      throw new Error(reason(cause, maxPixels), { cause })
    })
    if (rescale === undefined) return image
    const refused = tooLarge(image.height, image.width, shorterSide!)
    if (refused !== undefined) throw new Error(refused)
    return rescale(image)
  }
}
