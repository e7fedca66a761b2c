import { checkOptions, RetableError, roundHalfEven } from '@retable/core'
import { checkAveraging, checkFits, checkFlag, checkSize } from './check-options.js'
import type { Averaging, Protocol, View } from './protocol.js'

/** Options of a protocol over several views. */
export interface AveragingOptions {
  /** Whether the views' posteriors are averaged, as both papers do, or their scores. Default 'posteriors'. */
  readonly average?: Averaging
}

/** Options of {@link multiCrop}. */
export interface MultiCropOptions extends AveragingOptions {
  /** Rows and columns of the grid, each at least 1. Default 5. */
  readonly grid?: number
  /** Whether each crop is seen mirrored too. Default true. */
  readonly mirror?: boolean
}

/** Options of {@link dense}. */
export interface DenseOptions extends AveragingOptions {
  /** Whether the mirror image is seen too. Default true. */
  readonly mirror?: boolean
  /** Whether the map's scores are averaged before the soft-max, or posteriors after it. Default 'scores'. */
  readonly positions?: Averaging
}

const square = (size: number, top: number, left: number): View => ({
  top,
  left,
  height: size,
  width: size,
  mirror: false,
})
const mirrored = (views: readonly View[]): readonly View[] =>
  views.map((view) => ({ ...view, mirror: !view.mirror }))
const central = (size: number, height: number, width: number): View =>
  square(size, roundHalfEven((height - size) / 2), roundHalfEven((width - size) / 2))

/**
 * Each image as it comes, once; the loader's transform has prepared it. Where the transform makes several views
 * (`Batch.views`), they are averaged.
 *
 * @throws RetableError `invalid-argument` for an option that is none.
 */
export const asIs = (options: AveragingOptions = {}): Protocol => {
  checkOptions('asIs', options, { average: true })
  const { average = 'posteriors' } = options
  checkAveraging("asIs's average", average)
  return {
    spec: { name: 'asIs', average },
    dense: false,
    positions: 'scores',
    average,
    views: (height, width) => [{ top: 0, left: 0, height, width, mirror: false }],
  }
}

/**
 * The central square of `size` pixels, placed as torchvision's CenterCrop.
 *
 * @throws RetableError `invalid-argument` for a size that is none; `invalid-shape` for a smaller image.
 * @example
 * const { top1Error } = await evaluate({ model, params, data, protocol: centerCrop(224) })
 */
export const centerCrop = (size: number): Protocol => {
  checkSize(size)
  return {
    spec: { name: 'centerCrop', size },
    dense: false,
    positions: 'scores',
    average: 'posteriors',
    views: (height, width) => {
      checkFits(size, height, width)
      return [central(size, height, width)]
    },
  }
}

/**
 * AlexNet's ten crops (§4.1), averaged after the soft-max: the windows top left, top right, bottom left, bottom right and
 * centre, then the mirror image of each in the same order, "as well as their horizontal reflections" read literally.
 *
 * torchvision's TenCrop, and `tenCrop` of `@retable/transforms` as it does, take the five windows of the mirror image
 * instead. That is another order: their sixth view is the mirror image of the top right window, ours of the top left
 * one. And where W − size is odd the centre lies on half a pixel and its left edge is rounded to ℓ: our last view is the
 * mirror image of that window, theirs of the one at W − size − ℓ, one pixel beside. Elsewhere the ten views are the same.
 *
 * @throws RetableError `invalid-argument` for a size or option that is none; `invalid-shape` for a smaller image.
 * @example
 * evaluate({ model, params, data, protocol: tenCrop(224) })
 */
export const tenCrop = (size: number, options: AveragingOptions = {}): Protocol => {
  checkSize(size)
  checkOptions('tenCrop', options, { average: true })
  const { average = 'posteriors' } = options
  checkAveraging("tenCrop's average", average)
  return {
    spec: { name: 'tenCrop', size, average },
    dense: false,
    positions: 'scores',
    average,
    views: (height, width) => {
      checkFits(size, height, width)
      const [bottom, right] = [height - size, width - size]
      const five = [
        square(size, 0, 0),
        square(size, 0, right),
        square(size, bottom, 0),
        square(size, bottom, right),
        central(size, height, width),
      ]
      return [...five, ...mirrored(five)]
    },
  }
}

/**
 * VGG's multi-crop evaluation (§3.2): a regular grid of crops, 5×5 with both mirror images, 50 a scale.
 *
 * The paper does not say where the grid lies: here its corner crops touch the image's corners and the others are
 * equally spaced, to the nearest pixel (a half to the even one). Row by row; then the mirror image of each window, in
 * the same order.
 *
 * `multiCrop` of `@retable/transforms` takes the grid of the mirror image instead, so that the mirrored half of each row
 * comes in reverse order. And where W − size is odd, a column that lies on half a pixel (of 5 the middle one) has
 * mirrored windows one pixel beside ours. Elsewhere the views are the same.
 *
 * @throws RetableError `invalid-argument` for a size, grid or option that is none; `invalid-shape` for a smaller image.
 * @example
 * evaluate({ model, params, data, protocol: multiCrop(224) })
 */
export const multiCrop = (size: number, options: MultiCropOptions = {}): Protocol => {
  checkSize(size)
  checkOptions('multiCrop', options, { grid: true, mirror: true, average: true })
  const { grid = 5, mirror = true, average = 'posteriors' } = options
  checkFlag("multiCrop's mirror", mirror)
  checkAveraging("multiCrop's average", average)
  if (!Number.isSafeInteger(grid) || grid < 1) {
    throw new RetableError('invalid-argument', `a grid is of at least 1 crop, found ${grid}`)
  }
  const at = (i: number, room: number) =>
    roundHalfEven(grid === 1 ? room / 2 : (i * room) / (grid - 1))
  return {
    spec: { name: 'multiCrop', size, grid, mirror, average },
    dense: false,
    positions: 'scores',
    average,
    views: (height, width) => {
      checkFits(size, height, width)
      const crops = Array.from({ length: grid * grid }, (_, i) =>
        square(size, at(Math.floor(i / grid), height - size), at(i % grid, width - size)),
      )
      return mirror ? [...crops, ...mirrored(crops)] : crops
    },
  }
}

/**
 * VGG's dense evaluation (§3.2): the fully-convolutional net over the whole image, its class score map averaged over
 * positions, and the soft-max posteriors of the image and its mirror image averaged.
 *
 * "The class score map is spatially averaged": scores before the soft-max, by default; `positions: 'posteriors'`
 * takes the soft-max at each position and averages those.
 *
 * @throws RetableError `invalid-argument` for an option that is none, or positions of posteriors with an average of
 * scores.
 * @example
 * evaluate({ model, params, data, protocol: dense() })
 */
export const dense = (options: DenseOptions = {}): Protocol => {
  checkOptions('dense', options, { mirror: true, positions: true, average: true })
  const { mirror = true, positions = 'scores', average = 'posteriors' } = options
  checkFlag("dense's mirror", mirror)
  checkAveraging("dense's positions", positions)
  checkAveraging("dense's average", average)
  if (positions === 'posteriors' && average === 'scores') {
    throw new RetableError(
      'invalid-argument',
      "positions: 'posteriors' leaves no scores for average: 'scores'; take average: 'posteriors'",
    )
  }
  return {
    spec: { name: 'dense', mirror, positions, average },
    dense: true,
    positions,
    average,
    views: (height, width) => {
      const whole = [{ top: 0, left: 0, height, width, mirror: false }]
      return mirror ? [...whole, ...mirrored(whole)] : whole
    },
  }
}
