import { RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkInteger, named } from './check.js'

/** One number for both axes, or `[height, width]`. */
export type Size2D = number | readonly [number, number]

/**
 * What is put around an image before a window slides over it:
 * - `'valid'`: nothing;
 * - `'same'`: so much that the output has ceil(input / stride) rows and columns; an odd row or column goes below
 *   and to the right (as in TensorFlow, and in PyTorch if the stride is 1);
 * - a number: as many rows and columns on every side; `[h, w]`: h rows above and below, w columns left and right;
 * - `[[top, bottom], [left, right]]`.
 */
export type Padding =
  | 'valid'
  | 'same'
  | number
  | readonly [number, number]
  | readonly [readonly [number, number], readonly [number, number]]

/** Padding in rows and columns: `[[top, bottom], [left, right]]`. */
export type Pads = readonly [readonly [number, number], readonly [number, number]]

/** Padding as tfjs-core takes it. */
type TfPadding =
  'valid' | 'same' | [[number, number], [number, number], [number, number], [number, number]]

/** A window that slides over an image, its options checked. */
export interface Window {
  readonly size: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: 'valid' | 'same' | Pads
}

const checkSize = (
  name: string,
  option: string,
  value: Size2D,
  least: number,
): readonly [number, number] => {
  const pair: readonly number[] = typeof value === 'number' ? [value, value] : value
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: ${option} must be a number or [height, width], found ${JSON.stringify(value)}`,
    )
  }
  return [
    checkInteger(name, option, pair[0] as number, least),
    checkInteger(name, option, pair[1] as number, least),
  ]
}

const checkPadding = (name: string, padding: Padding): 'valid' | 'same' | Pads => {
  if (padding === 'valid' || padding === 'same') return padding
  const side = (value: number | readonly [number, number]) => checkSize(name, 'padding', value, 0)
  if (typeof padding === 'number') return [side(padding), side(padding)]
  if (Array.isArray(padding) && padding.length === 2) {
    return [side(padding[0]), side(padding[1])]
  }
  throw new RetableError(
    'invalid-argument',
    `${named(name)}: padding must be 'valid', 'same', a number, [height, width] or [[top, bottom], [left, right]], found ${JSON.stringify(padding)}`,
  )
}

/** Checks the options of a sliding window, at the time the layer is made. */
export const makeWindow = (
  name: string,
  sizeOption: string,
  size: Size2D,
  strides: Size2D,
  padding: Padding,
): Window => ({
  size: checkSize(name, sizeOption, size, 1),
  strides: checkSize(name, 'strides', strides, 1),
  padding: checkPadding(name, padding),
})

/** The rows and columns that the window's padding comes to on an image of `[height, width]`. */
export const padsOf = (window: Window, image: readonly [number, number]): Pads => {
  if (window.padding === 'valid')
    return [
      [0, 0],
      [0, 0],
    ]
  if (window.padding !== 'same') return window.padding
  const along = (axis: 0 | 1): readonly [number, number] => {
    const out = Math.ceil(image[axis] / window.strides[axis])
    const total = Math.max(0, (out - 1) * window.strides[axis] + window.size[axis] - image[axis])
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  }
  return [along(0), along(1)]
}

/** The number of positions of the window on an image of `[height, width]`: floor((in + pads − size) / stride) + 1. */
export const windowOutput = (
  name: string,
  window: Window,
  image: readonly [number, number],
): readonly [number, number] => {
  const pads = padsOf(window, image)
  const along = (axis: 0 | 1): number => {
    const room = image[axis] + pads[axis][0] + pads[axis][1] - window.size[axis]
    if (room < 0) {
      const padded = [0, 1].map((a) => image[a]! + pads[a]![0] + pads[a]![1])
      throw new RetableError(
        'invalid-shape',
        `${named(name)}: an input of ${image.join('×')} (${padded.join('×')} with its padding) is smaller than the window of ${window.size.join('×')}; the image is too small for this net`,
      )
    }
    return Math.floor(room / window.strides[axis]) + 1
  }
  return [along(0), along(1)]
}

/** The window's padding for tfjs-core's operations. */
const tfPadding = (window: Window): TfPadding => {
  if (window.padding === 'valid' || window.padding === 'same') return window.padding
  const [[top, bottom], [left, right]] = window.padding
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return 'valid'
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
}

/** An image and the padding under which tfjs-core is to slide a window over it. */
export interface PaddedImage {
  readonly image: tf.Tensor4D
  readonly padding: TfPadding
}

/**
 * How a window's padding is passed to tfjs-core, by image. Most backends take rows and columns; tfjs-node takes only 'valid' and
 * 'same', so there the image itself is padded with `value` unless one of the two words means the same. Call what it
 * returns in a tidy.
 */
export const paddingFor = (
  window: Window,
  value: number,
): ((image: tf.Tensor4D) => PaddedImage) => {
  const padding = tfPadding(window)
  return (image) => {
    if (typeof padding === 'string' || tf.getBackend() !== 'tensorflow') return { image, padding }
    const pads = padsOf(window, [image.shape[1], image.shape[2]])
    const same = padsOf({ ...window, padding: 'same' }, [image.shape[1], image.shape[2]])
    if (pads.flat().join() === same.flat().join()) return { image, padding: 'same' }
    return { image: tf.pad(image, padding, value), padding: 'valid' }
  }
}
