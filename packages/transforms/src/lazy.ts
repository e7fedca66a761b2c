import { cropAxis, flipAxis, padAxis, wholeAxis } from './axis.js'
import { checkImage } from './image.js'
import type { Image } from './image.js'
import type { ValueStep } from './value-step.js'
import { isBytes } from './lazy-image.js'
import type { LazyImage } from './lazy-image.js'
import { render } from './render.js'
import { roomFor } from './room-for.js'
import { tapsFor } from './taps.js'

const start = (source: Image): LazyImage => ({
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

/** An image with nothing to be done to it; throws RetableError `invalid-shape` if its array does not fit its shape. */
export const begin = (image: Image): LazyImage => start(checkImage(image))

/** Does what is recorded; the result is new memory. Throws RetableError `invalid-shape` if it is too large for that. */
export const finish = (p: LazyImage): Image => {
  const size = p.height * p.width * p.channels
  const data = roomFor(p, () => (isBytes(p) ? new Uint8Array(size) : new Float32Array(size)))
  render(p, data, 0)
  return { data, height: p.height, width: p.width, channels: p.channels }
}

/** Does what is recorded, into `out` from `offset` on; the result must not be bytes. */
export const finishInto = (p: LazyImage, out: Float32Array, offset: number): void =>
  render(p, out, offset)

const untouched = (p: LazyImage): boolean =>
  p.rescaling === undefined &&
  p.byteScale === undefined &&
  p.values.length === 0 &&
  p.rows.step === 1 &&
  p.columns.step === 1 &&
  p.height === p.source.height &&
  p.width === p.source.width

/** The same with everything recorded done. */
export const settle = (p: LazyImage): LazyImage => (untouched(p) ? p : start(finish(p)))

/** The window of `height` × `width` whose first place is (top, left). */
export const cropped = (
  p: LazyImage,
  top: number,
  left: number,
  height: number,
  width: number,
): LazyImage => ({
  ...p,
  height,
  width,
  rows: cropAxis(p.rows, top, height),
  columns: cropAxis(p.columns, left, width),
  values: p.values.map((step) => step.cropped?.(top, left, height, width) ?? step),
})

/** The mirror image, left to right. */
export const mirrored = (p: LazyImage): LazyImage => ({
  ...p,
  columns: flipAxis(p.columns),
  values: p.values.map((step) => step.mirrored?.() ?? step),
})

/** `fill` all around, in the units that the values have now. */
export const padded = (
  p: LazyImage,
  vertical: number,
  horizontal: number,
  fill: number,
): LazyImage => {
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
  p: LazyImage,
  height: number,
  width: number,
  antialias: boolean,
): LazyImage => {
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
export const toFloats = (p: LazyImage, scale: number = 1): LazyImage =>
  isBytes(p) ? { ...p, byteScale: scale } : p

/** One more change of the values; bytes become floats from 0 to 1 first. */
export const changed = (p: LazyImage, step: ValueStep): LazyImage => ({
  ...toFloats(p),
  values: [...p.values, step],
})
