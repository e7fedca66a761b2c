import { checkOptions, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import { badOption, checkFits, checkFlag, checkInteger, checkSize } from './check-options.js'
import type { Size } from './check-options.js'
import { cropped, padded } from './lazy.js'
import { isBytes } from './lazy-image.js'
import type { LazyImage } from './lazy-image.js'
import { reflected } from './reflect.js'
import { checkScaleRange, toShorterSide } from './resize.js'
import { makeTransform } from './transform.js'
import type { Transform } from './transform.js'

/** Options of {@link randomCrop}. */
export interface RandomCropOptions {
  /** the crop, a square of this side or [height, width] */
  readonly size: Size
  /** pixels added on each side first, or [above and below, left and right]; default 0 */
  readonly padding?: number | readonly [number, number]
  /** what they hold: `fill`, or the picture mirrored at its edge (the edge itself not repeated); default constant */
  readonly paddingMode?: 'constant' | 'reflect'
  /** the padding's value in every channel, in the units of the image that is cropped; default 0 */
  readonly fill?: number
}

/** The crop whose first place is drawn uniformly, top before left. */
const cropAtRandom = (
  view: LazyImage,
  random: Random,
  [height, width]: readonly [number, number],
): LazyImage => {
  const top = random.int(view.height - height + 1)
  const left = random.int(view.width - width + 1)
  return cropped(view, top, left, height, width)
}

const checkFill = (view: LazyImage, fill: number): void => {
  if (isBytes(view) && (!Number.isInteger(fill) || fill < 0 || fill > 255)) {
    throw new RetableError(
      'invalid-argument',
      `randomCrop pads an image of bytes with a whole number from 0 to 255, found ${fill}; put toFloat before it for others`,
    )
  }
}

/**
 * Cuts a window out at random, after padding.
 *
 * Its first row is drawn uniformly from 0, …, H − h and then its first column, by one `random.int` each, H × W being the
 * padded size. As torchvision's `RandomCrop`, but an image too small for the crop is an error unless padding makes up
 * for it.
 *
 * @throws RetableError `invalid-argument` for an option outside its range; `invalid-shape` if a padded image is
 * smaller than the crop, or smaller than its reflection needs.
 * @example
 * const train = compose([randomCrop({ size: 32, padding: 4 }), randomHorizontalFlip()])
 */
export const randomCrop = (options: RandomCropOptions): Transform => {
  checkOptions('randomCrop', options, { size: true, padding: true, paddingMode: true, fill: true })
  const { padding = 0, paddingMode = 'constant', fill = 0 } = options
  const size = checkSize('randomCrop', options.size)
  const pads = typeof padding === 'number' ? [padding, padding] : padding
  if (pads.length !== 2)
    badOption('randomCrop', 'padding as a number or [vertical, horizontal]', padding)
  const [vertical, horizontal] = pads as readonly [number, number]
  checkInteger('randomCrop', 'padding', vertical, 0)
  checkInteger('randomCrop', 'padding', horizontal, 0)
  if (!['constant', 'reflect'].includes(paddingMode)) {
    badOption('randomCrop', 'paddingMode "constant" or "reflect"', paddingMode)
  }
  if (!Number.isFinite(fill)) badOption('randomCrop', 'a finite fill', fill)
  const pad = (view: LazyImage): LazyImage => {
    if (vertical === 0 && horizontal === 0) return view
    if (paddingMode === 'reflect') return reflected(view, vertical, horizontal)
    checkFill(view, fill)
    return padded(view, vertical, horizontal, fill)
  }
  const spec = { kind: 'randomCrop', size, padding: [vertical, horizontal], paddingMode, fill }
  return makeTransform(
    spec,
    (view, random) => {
      const wide = pad(view)
      checkFits('randomCrop', wide, size, wide === view ? 'an image' : 'a padded image')
      return cropAtRandom(wide, random, size)
    },
    true,
  )
}

/** Options of {@link scaleAndCrop}. */
export interface ScaleAndCropOptions {
  /** the shorter side of the rescaled image: S, or [S_min, S_max] for one drawn for each image */
  readonly scale: number | readonly [number, number]
  /** the crop, a square of this side or [height, width] */
  readonly size: Size
  /** as of `resize`; default true */
  readonly antialias?: boolean
}

/**
 * Rescales isotropically and cuts a window out at random: VGG's training input (§3.1), in one step.
 *
 * S is drawn first, by one `random.int`, if `scale` is a range; then the window, as by `randomCrop`. Only the pixels
 * of the window are computed; they equal those of `resize` and then the crop, to the bit. (`compose` does the same for
 * a `randomScale` or `resize` that a crop follows, with a stream for each.)
 *
 * @throws RetableError `invalid-argument` for an option outside its range, or a scale smaller than the crop.
 * @example
 * const train = scaleAndCrop({ scale: [256, 512], size: 224 })
 */
export const scaleAndCrop = (options: ScaleAndCropOptions): Transform => {
  checkOptions('scaleAndCrop', options, { scale: true, size: true, antialias: true })
  const { scale, size, antialias = true } = options
  const [min, max] = typeof scale === 'number' ? [scale, scale] : scale
  checkScaleRange('scaleAndCrop', min, max)
  const crop = checkSize('scaleAndCrop', size)
  checkFlag('scaleAndCrop', 'antialias', antialias)
  if (min < Math.max(...crop)) {
    badOption('scaleAndCrop', `a scale of at least the crop's ${Math.max(...crop)}`, min)
  }
  const spec = { kind: 'scaleAndCrop', scale: [min, max], size: crop, antialias }
  return makeTransform(
    spec,
    (view, random) => {
      const s = min === max ? min : min + random.int(max - min + 1)
      return cropAtRandom(toShorterSide(view, s, antialias), random, crop)
    },
    true,
  )
}
