import { RetableError } from '@retable/core/host'
import { shapeText } from './image.js'
import type { ImageShape } from './image.js'

/**
 * What `make` makes for an image of this shape.
 *
 * @throws RetableError `invalid-shape` if an array of it would be longer than arrays can be, or than memory has room for.
 */
export const roomFor = <Made>(shape: ImageShape, make: () => Made): Made => {
  try {
    return make()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new RetableError(
      'invalid-shape',
      `an image of ${shapeText(shape)} is too large for an array; take a smaller size, or crop it in the same compose`,
      { cause },
    )
  }
}
