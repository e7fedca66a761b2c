import { RetableError } from '@retable/core'
import { checkImage, named } from './check.js'
import type { LayerWindow, Shape } from './layer.js'
import type { Padding, Size2D, Window } from './window.js'
import { makeWindow, padsOf, windowOutput } from './window.js'

/** Options that both pools share. */
export interface PoolOptions {
  /** the layer's name, in error messages and summaries */
  readonly name?: string
  /** the window, `z` in AlexNet §3.4 */
  readonly size: Size2D
  /** the distance of neighboring windows, `s` in AlexNet §3.4; default `size`. A smaller one makes windows overlap. */
  readonly stride?: Size2D
  /** default `'valid'`; explicit padding must be smaller than the window */
  readonly padding?: Padding
}

/** The window of a pool; explicit padding is checked, so that no window lies wholly outside the image. */
export const poolWindow = (name: string, options: PoolOptions): Window => {
  const window = makeWindow(
    name,
    'size',
    options.size,
    options.stride ?? options.size,
    options.padding ?? 'valid',
  )
  if (typeof window.padding !== 'string') {
    window.padding.forEach((pads, axis) => {
      if (Math.max(...pads) >= window.size[axis]!) {
        throw new RetableError(
          'invalid-argument',
          `${named(name)}: padding must be smaller than the window of ${window.size.join('×')}, found ${JSON.stringify(window.padding)}`,
        )
      }
    })
  }
  return window
}

/** The shape after a pool. */
export const poolOutput = (name: string, window: Window, input: Shape): Shape => {
  const [height, width, channels] = checkImage(name, input)
  return [...windowOutput(name, window, [height, width]), channels]
}

/** A pool's window along an image's height. */
export const poolWindowOf = (window: Window, [height = 0, width = 0]: Shape): LayerWindow => ({
  size: window.size[0],
  stride: window.strides[0],
  padding: padsOf(window, [height, width])[0][0],
})
