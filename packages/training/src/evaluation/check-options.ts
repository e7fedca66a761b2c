import { RetableError } from '@retable/core'
import type { Averaging } from './protocol.js'

/** @throws RetableError `invalid-argument` unless a crop's `size` is a positive integer. */
export const checkSize = (size: number): void => {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RetableError('invalid-argument', `a crop's size is a positive integer, found ${size}`)
  }
}

/** @throws RetableError `invalid-argument` unless `value` is one of the two ways of averaging. */
export const checkAveraging = (what: string, value: Averaging): void => {
  if (value !== 'posteriors' && value !== 'scores') {
    throw new RetableError(
      'invalid-argument',
      `${what} is 'posteriors' or 'scores', found ${quoted(value)}`,
    )
  }
}

/** @throws RetableError `invalid-argument` unless `value` is true or false. */
export const checkFlag = (what: string, value: boolean): void => {
  if (typeof value !== 'boolean') {
    throw new RetableError('invalid-argument', `${what} is true or false, found ${quoted(value)}`)
  }
}

const quoted = (value: unknown): string =>
  typeof value === 'string' ? `"${value}"` : String(value)

/** @throws RetableError `invalid-shape` if an image is smaller than the crop. */
export const checkFits = (size: number, height: number, width: number): void => {
  if (height < size || width < size) {
    throw new RetableError(
      'invalid-shape',
      `crops of ${size}×${size} do not fit into an image of ${height}×${width}; rescale it first`,
    )
  }
}
