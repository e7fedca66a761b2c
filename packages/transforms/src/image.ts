import { RetableError } from '@retable/core/host'

/** The size of an image: rows, columns, values per pixel. */
export interface ImageShape {
  /** pixels */
  readonly height: number
  /** pixels */
  readonly width: number
  /** values per pixel */
  readonly channels: number
}

/** A picture as a plain array, HWC row-major: bytes from 0 to 255, or float32 values. */
export interface Image extends ImageShape {
  /** HWC, row-major: bytes, or floats after a transform that changes values */
  readonly data: Float32Array | Uint8Array | Uint8ClampedArray
}

/** `height×width×channels`, for messages. */
export const shapeText = ({ height, width, channels }: ImageShape): string =>
  `${height}×${width}×${channels}`

const isPixels = (data: unknown): boolean =>
  data instanceof Uint8Array || data instanceof Float32Array || data instanceof Uint8ClampedArray

const kindOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? value.constructor.name : typeof value

/** `image`, if its array has the length that its shape says; throws RetableError `invalid-shape` otherwise, `invalid-argument` for another kind of array. */
export const checkImage = (image: Image): Image => {
  if (!isPixels((image as Image | undefined)?.data)) {
    throw new RetableError(
      'invalid-argument',
      `an image is { data, height, width, channels } with data a Uint8Array, Uint8ClampedArray or Float32Array, found ${kindOf((image as Image | undefined)?.data ?? image)}`,
    )
  }
  const { data, height, width, channels } = image
  const whole = (n: number) => Number.isInteger(n) && n > 0
  if (!whole(height) || !whole(width) || !whole(channels)) {
    throw new RetableError(
      'invalid-shape',
      `an image has a height, width and number of channels of at least 1, found ${shapeText(image)}`,
    )
  }
  if (data.length !== height * width * channels) {
    throw new RetableError(
      'invalid-shape',
      `an image of ${shapeText(image)} has ${height * width * channels} values, found ${data.length}`,
    )
  }
  return image
}
