import type { Axis } from './axis.js'
import type { Image, ImageShape } from './image.js'
import type { Taps } from './taps.js'
import type { ValueStep } from './value-step.js'

/** A rescaling of the source to height × width. */
export interface Rescaling {
  readonly height: number
  readonly width: number
  readonly rows: Taps
  readonly columns: Taps
}

/**
 * An image and what is to be done to it, recorded first and done in one pass at the end: rescale `source`; take the
 * places that `rows` and `columns` name; turn bytes into floats; change the values. Only pixels that reach the result
 * are computed. What does not fit that order is done when it comes, and recording starts again from its result.
 */
export interface LazyImage extends ImageShape {
  readonly source: Image
  readonly rescaling: Rescaling | undefined
  readonly rows: Axis
  readonly columns: Axis
  /** what lies outside the source; never together with `rescaling` */
  readonly fill: number | undefined
  /** what 255 becomes; undefined while the result is bytes, and if the source is floats */
  readonly byteScale: number | undefined
  readonly values: readonly ValueStep[]
}

/** Whether the result is bytes as yet. */
export const isBytes = (p: LazyImage): boolean =>
  !(p.source.data instanceof Float32Array) && p.byteScale === undefined
