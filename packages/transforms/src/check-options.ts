import { RetableError } from '@retable/core/host'

/** A square of this side, or [height, width]. */
export type Size = number | readonly [number, number]

/** Throws RetableError `invalid-argument`: what the option of the transform should be, and what was found. */
export const badOption = (transform: string, expected: string, found: unknown): never => {
  throw new RetableError(
    'invalid-argument',
    `${transform} takes ${expected}, found ${typeof found === 'string' ? `"${found}"` : Array.isArray(found) ? `[${found}]` : String(found)}`,
  )
}

/** `value`, if it is an integer from `least` on. */
export const checkInteger = (
  transform: string,
  option: string,
  value: number,
  least: number,
): number =>
  Number.isSafeInteger(value) && value >= least
    ? value
    : badOption(transform, `an integer ${option} of at least ${least}`, value)

/** `[height, width]` of a size in pixels. */
export const checkSize = (transform: string, size: Size): readonly [number, number] => {
  const pair: readonly unknown[] = Array.isArray(size) ? size : [size, size]
  const [height, width] = pair as readonly [number, number]
  const whole = (n: number) => Number.isSafeInteger(n) && n >= 1
  return pair.length === 2 && whole(height) && whole(width)
    ? [height, width]
    : badOption(transform, 'a size in pixels, a positive integer or [height, width]', size)
}

/** `value`, if it is true or false. */
export const checkFlag = (transform: string, option: string, value: boolean): boolean =>
  typeof value === 'boolean' ? value : badOption(transform, `${option}: true or false`, value)

/** The finite numbers of a list, as float32. */
export const checkNumbers = (
  transform: string,
  option: string,
  values: ArrayLike<number>,
): Float32Array => {
  const listed = Array.isArray(values) || ArrayBuffer.isView(values)
  if (!listed || values.length === 0 || !Array.from(values).every(Number.isFinite)) {
    return badOption(transform, `${option}, one finite number a channel`, values)
  }
  return Float32Array.from(values)
}

/** Throws unless the image has as many channels as the transform has values for. */
export const checkChannels = (transform: string, expected: number, found: number): void => {
  if (expected !== found) {
    throw new RetableError(
      'invalid-shape',
      `${transform} was given values for ${expected} channels, found an image of ${found}`,
    )
  }
}

/** Throws unless the image is at least as large as the crop. */
export const checkFits = (
  transform: string,
  image: { readonly height: number; readonly width: number },
  [height, width]: readonly [number, number],
  what = 'an image',
): void => {
  if (image.height < height || image.width < width) {
    throw new RetableError(
      'invalid-shape',
      `${transform} takes ${height}×${width} out of ${what} of at least that size, found ${image.height}×${image.width}`,
    )
  }
}
