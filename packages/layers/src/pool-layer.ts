import { RetableError, type JsonObject } from '@retable/core'
import type * as tf from '@tensorflow/tfjs-core'
import { checkImage, checkName, exampleShape, named } from './check.js'
import type { Layer, LayerWindow, Shape } from './layer.js'
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
const poolWindow = (name: string, options: PoolOptions): Window => {
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

/** What a pool does to images whose shape was checked. */
export type Pooling = (images: tf.Tensor4D) => tf.Tensor4D

/** Window size and strides as tfjs-core takes them. */
type Pair = [number, number]

/**
 * A pool: all that both have in common. `pooling` is given the checked name and window.
 *
 * @throws RetableError `invalid-argument` for options out of range.
 */
export const poolLayer = (
  kind: 'avgPool' | 'maxPool',
  options: PoolOptions,
  ownSpec: JsonObject,
  pooling: (pool: { name: string; window: Window; size: Pair; strides: Pair }) => Pooling,
): Layer => {
  const { size, stride = size, padding = 'valid' } = options
  const name = checkName(options.name ?? kind)
  const window = poolWindow(name, options)
  const apply = pooling({
    ...{ name, window },
    size: [window.size[0], window.size[1]],
    strides: [window.strides[0], window.strides[1]],
  })
  return {
    name,
    spec: { ...{ kind, name, size, stride, padding }, ...ownSpec },
    window: (input) => poolWindowOf(window, input),
    outputShape: (input) => poolOutput(name, window, input),
    init: () => ({}),
    apply: (_params, x) => {
      poolOutput(name, window, exampleShape(name, x))
      return apply(x as tf.Tensor4D)
    },
  }
}

/** The shape after a pool. */
const poolOutput = (name: string, window: Window, input: Shape): Shape => {
  const [height, width, channels] = checkImage(name, input)
  return [...windowOutput(name, window, [height, width]), channels]
}

/** A pool's window along an image's height. */
const poolWindowOf = (window: Window, [height = 0, width = 0]: Shape): LayerWindow => ({
  size: window.size[0],
  stride: window.strides[0],
  padding: padsOf(window, [height, width])[0][0],
})
