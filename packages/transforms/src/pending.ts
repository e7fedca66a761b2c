import type { Axis } from './axis.js'
import { cropAxis, flipAxis, padAxis, wholeAxis } from './axis.js'
import { checkImage } from './image.js'
import type { Image, ImageShape } from './image.js'
import type { ValueStep } from './value-step.js'
import { render } from './render.js'
import { roomFor } from './room-for.js'
import { tapsFor } from './taps.js'
import type { Taps } from './taps.js'

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
 * are computed. What does not fit that order is done when it comes, and recording starts anew from its result.
 */
export interface Pending extends ImageShape {
  readonly source: Image
  readonly rescaling: Rescaling | undefined
  readonly rows: Axis
  readonly columns: Axis
  /** what lies outside the source; never together with `rescaling` */
  readonly fill: number | undefined
  /** what 255 becomes; undefined while the result is bytes, and where the source is floats */
  readonly byteScale: number | undefined
  readonly values: readonly ValueStep[]
}

/** Whether the result is bytes as yet. */
export const isBytes = (p: Pending): boolean =>
  !(p.source.data instanceof Float32Array) && p.byteScale === undefined

const start = (source: Image): Pending => ({
  source,
  height: source.height,
  width: source.width,
  channels: source.channels,
  rescaling: undefined,
  rows: wholeAxis(source.height),
  columns: wholeAxis(source.width),
  fill: undefined,
  byteScale: undefined,
  values: [],
})

/** An image with nothing to be done to it; throws RetableError `invalid-shape` where its array does not fit its shape. */
export const begin = (image: Image): Pending => start(checkImage(image))

/** Does what is recorded; the result is new memory. Throws RetableError `invalid-shape` where it is too large for that. */
export const finish = (p: Pending): Image => {
  const size = p.height * p.width * p.channels
  const data = roomFor(p, () => (isBytes(p) ? new Uint8Array(size) : new Float32Array(size)))
  render(p, data, 0)
  return { data, height: p.height, width: p.width, channels: p.channels }
}

/** Does what is recorded, into `out` from `offset` on; the result must not be bytes. */
export const finishInto = (p: Pending, out: Float32Array, offset: number): void =>
  render(p, out, offset)

const untouched = (p: Pending): boolean =>
  p.rescaling === undefined &&
  p.byteScale === undefined &&
  p.values.length === 0 &&
  p.rows.step === 1 &&
  p.columns.step === 1 &&
  p.height === p.source.height &&
  p.width === p.source.width

/** The same with everything recorded done. */
export const settle = (p: Pending): Pending => (untouched(p) ? p : start(finish(p)))

/** The window of `height` × `width` whose first place is (top, left). */
export const cropped = (
  p: Pending,
  top: number,
  left: number,
  height: number,
  width: number,
): Pending => ({
  ...p,
  height,
  width,
  rows: cropAxis(p.rows, top, height),
  columns: cropAxis(p.columns, left, width),
  values: p.values.map((step) => step.cropped?.(top, left, height, width) ?? step),
})

/** The mirror image, left to right. */
export const mirrored = (p: Pending): Pending => ({
  ...p,
  columns: flipAxis(p.columns),
  values: p.values.map((step) => step.mirrored?.() ?? step),
})

/** `fill` all around, in the units that the values have now. */
export const padded = (p: Pending, vertical: number, horizontal: number, fill: number): Pending => {
  const ready =
    p.values.length > 0 ||
    p.byteScale !== undefined ||
    p.rescaling !== undefined ||
    p.fill !== undefined
      ? settle(p)
      : p
  const rows = padAxis(ready.rows, vertical, vertical)
  const columns = padAxis(ready.columns, horizontal, horizontal)
  return { ...ready, height: rows.size, width: columns.size, rows, columns, fill }
}

/**
 * Rescaled to `height` × `width`; bytes are rounded to bytes again. Throws RetableError `invalid-shape` for a side that is
 * too long for an array of its weights.
 */
export const rescaled = (
  p: Pending,
  height: number,
  width: number,
  antialias: boolean,
): Pending => {
  if (p.height === height && p.width === width) return p
  const ready = settle(p)
  const rescaling = roomFor({ height, width, channels: p.channels }, () => ({
    height,
    width,
    rows: tapsFor(ready.height, height, antialias),
    columns: tapsFor(ready.width, width, antialias),
  }))
  return {
    ...ready,
    height,
    width,
    rescaling,
    rows: wholeAxis(height),
    columns: wholeAxis(width),
  }
}

/** Bytes as floats, 255 becoming `scale`; floats as they are. */
export const toFloats = (p: Pending, scale: number = 1): Pending =>
  isBytes(p) ? { ...p, byteScale: scale } : p

/** One more change of the values; bytes become floats from 0 to 1 first. */
export const changed = (p: Pending, step: ValueStep): Pending => ({
  ...toFloats(p),
  values: [...p.values, step],
})
