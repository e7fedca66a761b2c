import { checkOptions } from '@retable/core/host'
import { badOption, checkChannels, checkNumbers } from './check-options.js'
import { changed, toFloats } from './lazy.js'
import { makeTransform } from './transform.js'
import type { Transform } from './transform.js'
import { channelStep } from './value-step.js'

/** Options of {@link toFloat}. */
export interface ToFloatOptions {
  /** what the byte 255 becomes; default 1. 255 keeps gray levels, as the papers' own means are given in */
  readonly scale?: number
}

/**
 * Bytes as float32: byte·scale/255. Float images stay as they are. Draws nothing.
 *
 * Every transform that changes values does this first, with scale 1, if the image is of bytes still.
 *
 * @throws RetableError `invalid-argument` for a scale that is not positive and finite.
 * @example
 * const levels = compose([toFloat({ scale: 255 }), subtractMeanRgb({ mean: [123.68, 116.779, 103.939] })])
 */
export const toFloat = (options: ToFloatOptions = {}): Transform => {
  checkOptions('toFloat', options, { scale: true })
  const { scale = 1 } = options
  if (!(scale > 0 && scale < Infinity)) badOption('toFloat', 'a positive finite scale', scale)
  return makeTransform({ kind: 'toFloat', scale }, (view) => toFloats(view, scale))
}

/** What else `channelStats` gives, so that all of it can be handed on; not used. */
export interface RestOfChannelStats {
  /** Means and deviations of single images. */
  readonly perImage?: unknown
  /** The number of images that they were taken of. */
  readonly images?: number
  /** The number of pixels that they were taken of. */
  readonly pixels?: number
}

/** The names of {@link RestOfChannelStats}. */
export const restOfChannelStats = { perImage: true, images: true, pixels: true } as const

/** Options of {@link normalize}: one value a channel, in the image's units (from 0 to 1 for bytes). */
export interface NormalizeOptions extends RestOfChannelStats {
  /** one per channel */
  readonly mean: ArrayLike<number>
  /** one per channel, above 0 */
  readonly std: ArrayLike<number>
}

/**
 * (x − mean[c]) / std[c] in every channel c, in float32 as torchvision's `Normalize`. Draws nothing.
 *
 * Bytes are divided by 255 first, so mean and std are of values from 0 to 1 (`channelStats` gives them so).
 *
 * @throws RetableError `invalid-argument` for another option, if mean and std differ in length, hold anything but
 * finite numbers, or a std is not positive; `invalid-shape` for an image of another number of channels.
 * @example
 * const own = normalize(await channelStats(train))
 * const cifar10 = normalize({ mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] })
 */
export const normalize = (options: NormalizeOptions): Transform => {
  checkOptions('normalize', options, { mean: true, std: true, ...restOfChannelStats })
  const { mean, std } = options
  const means = checkNumbers('normalize', 'mean', mean)
  const stds = checkNumbers('normalize', 'std', std)
  if (means.length !== stds.length) {
    badOption('normalize', `as many values in std as in mean (${means.length})`, stds.length)
  }
  if (!stds.every((s) => s > 0))
    badOption('normalize', 'a positive std in every channel', [...stds])
  const step = channelStep(means, stds)
  const spec = { kind: 'normalize', mean: Array.from(mean), std: Array.from(std) }
  return makeTransform(spec, (view) => {
    checkChannels('normalize', means.length, view.channels)
    return changed(view, step)
  })
}
