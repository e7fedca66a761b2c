import { checkOptions, RetableError } from '@retable/core/host'
import { base64OfFloats, floatsOfBase64 } from './base64.js'
import { badOption, checkChannels, checkNumbers } from './check-options.js'
import { shapeText } from './image.js'
import type { ImageShape } from './image.js'
import { restOfChannelStats } from './normalize.js'
import type { RestOfChannelStats } from './normalize.js'
import { changed } from './lazy.js'
import { makeTransform, singleRecipe, transformOf } from './transform.js'
import type { Transform } from './transform.js'
import { channelStep, meanImageStep } from './value-step.js'

/** Options of {@link subtractMeanRgb}: one value a channel, in the image's units (from 0 to 1 for bytes). */
export interface SubtractMeanRgbOptions extends RestOfChannelStats {
  /** one per channel, in the units of the image */
  readonly mean: ArrayLike<number>
  /** as the rest of `channelStats`: not used */
  readonly std?: unknown
}

/**
 * x − mean[c] in every channel c: VGG's only preprocessing (§2.1), the mean being the training set's. Draws nothing.
 *
 * @throws RetableError `invalid-argument` for another option, or a mean that is not a list of finite numbers;
 * `invalid-shape` for an image of another number of channels.
 * @example
 * const train = subtractMeanRgb({ mean: [0.485, 0.456, 0.406] })
 */
export const subtractMeanRgb = (options: SubtractMeanRgbOptions): Transform => {
  checkOptions('subtractMeanRgb', options, { mean: true, std: true, ...restOfChannelStats })
  const { mean } = options
  const step = channelStep(checkNumbers('subtractMeanRgb', 'mean', mean))
  const spec = { kind: 'subtractMeanRgb', mean: Array.from(mean) }
  return makeTransform(spec, (view) => {
    checkChannels('subtractMeanRgb', mean.length, view.channels)
    return changed(view, step)
  })
}

/** Options of {@link subtractMeanImage}. */
export interface SubtractMeanImageOptions {
  /** HWC, in the units of the images (from 0 to 1 for bytes); `data` as float32, or as base64 of its little-endian bytes */
  readonly mean: ImageShape & { readonly data: Float32Array | string }
}

const NAME = 'subtractMeanImage'

/**
 * x − mean at the same place: AlexNet's preprocessing (§2), the mean image being the training set's. Draws nothing.
 *
 * The image must have the mean image's size; put it before the crop, as the paper does. In the spec the mean image is
 * base64, so that it stays plain JSON.
 *
 * @throws RetableError `invalid-argument` for another option, or a mean image that is not an image or whose array does not fit its
 * shape; `invalid-shape` for an image of another shape.
 * @example
 * const train = compose([subtractMeanImage({ mean }), randomCrop({ size: 224 })])
 */
export const subtractMeanImage = (options: SubtractMeanImageOptions): Transform => {
  checkOptions(NAME, options, { mean: true })
  const { mean } = options
  if (typeof mean !== 'object' || mean === null) badOption(NAME, 'a mean image', mean)
  const { height, width, channels } = mean
  const data = typeof mean.data === 'string' ? floatsOfBase64(NAME, mean.data) : mean.data.slice()
  if (data.length !== height * width * channels || data.length === 0) {
    badOption(NAME, `a mean image of ${shapeText(mean)} with as many values`, data.length)
  }
  if (!data.every(Number.isFinite)) badOption(NAME, 'finite values in the mean image', NaN)
  const step = meanImageStep(data, width)
  return transformOf(
    singleRecipe(
      NAME,
      (view) => {
        if (view.height !== height || view.width !== width || view.channels !== channels) {
          throw new RetableError(
            'invalid-shape',
            `${NAME} has a mean image of ${shapeText(mean)}, found an image of ${shapeText(view)}; crop after it, or resize before it`,
          )
        }
        return changed(view, step)
      },
      false,
    ),
    () => ({ kind: NAME, mean: { height, width, channels, data: base64OfFloats(data) } }),
  )
}
