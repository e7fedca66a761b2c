export type { Image, ImageShape } from './image.js'
export type {
  CustomTransform,
  MultiViewTransform,
  Transform,
  TransformSpec,
  Written,
} from './transform.js'
export type { Size } from './check-options.js'
export { compose } from './compose.js'
export { transformFromSpec } from './from-spec.js'
export { randomScale, resize } from './resize.js'
export type { RandomScaleOptions, ResizeOptions } from './resize.js'
export { randomCrop, scaleAndCrop } from './random-crop.js'
export type { RandomCropOptions, ScaleAndCropOptions } from './random-crop.js'
export { centerCrop, fiveCrop, multiCrop, tenCrop } from './crops.js'
export type { CropOptions, MultiCropOptions } from './crops.js'
export { horizontalFlip, randomHorizontalFlip } from './flip.js'
export type { RandomHorizontalFlipOptions } from './flip.js'
export { normalize, toFloat } from './normalize.js'
export type { NormalizeOptions, RestOfChannelStats, ToFloatOptions } from './normalize.js'
export { subtractMeanImage, subtractMeanRgb } from './subtract-mean.js'
export type { SubtractMeanImageOptions, SubtractMeanRgbOptions } from './subtract-mean.js'
export { pcaColor } from './pca-color.js'
export type { PcaColorOptions } from './pca-color.js'
