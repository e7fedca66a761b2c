import { checkOptions } from '@retable/core/host'
import { badOption, checkFlag, checkInteger, checkSize } from './check-options.js'
import { rescaled } from './lazy.js'
import type { LazyImage } from './lazy-image.js'
import { makeTransform } from './transform.js'
import type { Transform } from './transform.js'

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** a number: the shorter side in pixels, the aspect ratio kept; `[height, width]`: exactly that */
  readonly size: number | readonly [number, number]
  /** whether shrinking averages over all the pixels that fall together; default true */
  readonly antialias?: boolean
}

/** Rescales isotropically to shorter side `s`; the longer one is rounded down, as in torchvision. */
export const toShorterSide = (view: LazyImage, s: number, antialias: boolean): LazyImage => {
  const { height, width } = view
  return height <= width
    ? rescaled(view, s, Math.floor((s * width) / height), antialias)
    : rescaled(view, Math.floor((s * height) / width), s, antialias)
}

/**
 * Resizes by bilinear interpolation with half-pixel centers.
 *
 * x_src = (x + ½)·in/out − ½, clamped to the edge. With `antialias`, a shrinking axis is filtered with a triangle as wide
 * as the shrinkage. Bytes are rounded to bytes, halves to even. `antialias` is true unless given, as in torchvision from
 * 0.17 on and for Pillow images always; tensors of earlier versions had false.
 *
 * The result is that of torchvision's `F.resize` of a tensor with the same `antialias`, as far as float32 decides it.
 * Floats differ by 2e-5 of the largest value (6e-5 at sizes as unequal as 7×1000 → 32), as PyTorch's own in float32 and
 * float64 do; bytes by one gray
 * level, if the sum comes within 1e-3 of a half (two in a thousand of 4.9 million), and otherwise not at all. With
 * `antialias: true` bytes are those of a Pillow image to one level.
 *
 * Draws nothing.
 *
 * @throws RetableError `invalid-argument` for a size that is no positive integer; `invalid-shape` if the result is too
 * large for an array.
 * @example
 * const large = resize({ size: 128 })(image) // a 32×32 image becomes 128×128, one of 375×500 becomes 128×170
 */
export const resize = (options: ResizeOptions): Transform => {
  checkOptions('resize', options, {
    size: true,
    antialias: true,
  })
  const { size, antialias = true } = options
  checkFlag('resize', 'antialias', antialias)
  if (typeof size === 'number') {
    checkInteger('resize', 'size', size, 1)
    return makeTransform({ kind: 'resize', size, antialias }, (view) =>
      toShorterSide(view, size, antialias),
    )
  }
  const [height, width] = checkSize('resize', size)
  return makeTransform({ kind: 'resize', size: [height, width], antialias }, (view) =>
    rescaled(view, height, width, antialias),
  )
}

/** Options of {@link randomScale}. */
export interface RandomScaleOptions {
  /** the least shorter side, in pixels; S_min */
  readonly min: number
  /** the greatest shorter side, in pixels; S_max */
  readonly max: number
  /** as of {@link resize}; default true */
  readonly antialias?: boolean
}

export const checkScaleRange = (transform: string, min: number, max: number): void => {
  checkInteger(transform, 'least scale', min, 1)
  checkInteger(transform, 'greatest scale', max, 1)
  if (min > max) badOption(transform, 'a least scale not above the greatest', `${min} to ${max}`)
}

/**
 * Rescales each image isotropically to a shorter side S of its own: VGG's scale jittering (§3.1).
 *
 * S is an integer drawn uniformly from S_min, …, S_max, by one `random.int`. Otherwise as {@link resize}.
 *
 * @throws RetableError `invalid-argument` for a range that is empty or not of positive integers.
 * @example
 * const train = compose([randomScale({ min: 256, max: 512 }), randomCrop({ size: 224 })])
 */
export const randomScale = (options: RandomScaleOptions): Transform => {
  checkOptions('randomScale', options, { min: true, max: true, antialias: true })
  const { min, max, antialias = true } = options
  checkScaleRange('randomScale', min, max)
  checkFlag('randomScale', 'antialias', antialias)
  return makeTransform(
    { kind: 'randomScale', min, max, antialias },
    (view, random) => toShorterSide(view, min + random.int(max - min + 1), antialias),
    true,
  )
}
