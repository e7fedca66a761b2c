import { checkOptions, roundHalfEven } from '@retable/core/host'
import { checkFits, checkInteger, checkSize } from './check-options.js'
import type { Size } from './check-options.js'
import { cropped, mirrored, settle } from './lazy.js'
import type { LazyImage } from './lazy-image.js'
import { makeTransform, multiViewOf } from './transform.js'
import type { MultiViewTransform, Transform } from './transform.js'

/** Options of {@link centerCrop}, {@link fiveCrop} and {@link tenCrop}. */
export interface CropOptions {
  /** the crop, a square of this side or [height, width] */
  readonly size: Size
}

type Box = readonly [number, number]

const center = (view: LazyImage, [height, width]: Box): LazyImage =>
  cropped(
    view,
    roundHalfEven((view.height - height) / 2),
    roundHalfEven((view.width - width) / 2),
    height,
    width,
  )

/**
 * The window in the middle: first row round((H − h)/2), halves to even, as torchvision's. Draws nothing.
 *
 * @throws RetableError `invalid-argument` for a size that is no positive integer; `invalid-shape` for an image smaller
 * than the crop (torchvision pads it with zeros).
 * @example
 * const evaluate = compose([resize({ size: 256 }), centerCrop({ size: 224 })])
 */
export const centerCrop = (options: CropOptions): Transform => {
  checkOptions('centerCrop', options, { size: true })
  const size = checkSize('centerCrop', options.size)
  return makeTransform({ kind: 'centerCrop', size }, (view) => {
    checkFits('centerCrop', view, size)
    return center(view, size)
  })
}

const multiView = (
  spec: { readonly kind: string; readonly size: Box },
  steps: (view: LazyImage) => readonly LazyImage[],
): MultiViewTransform =>
  multiViewOf(
    {
      name: spec.kind,
      draws: false,
      multi: true,
      steps: (views) =>
        views.flatMap((view) => {
          checkFits(spec.kind, view, spec.size)
          // Overlapping windows: what they share is computed once.
          return steps(settle(view))
        }),
    },
    spec,
  )

const five = (view: LazyImage, [height, width]: Box): readonly LazyImage[] => {
  const bottom = view.height - height
  const right = view.width - width
  const at = (top: number, left: number) => cropped(view, top, left, height, width)
  return [at(0, 0), at(0, right), at(bottom, 0), at(bottom, right), center(view, [height, width])]
}

/**
 * Five windows: top left, top right, bottom left, bottom right, center. As torchvision's `FiveCrop`; draws nothing.
 *
 * @throws RetableError as {@link centerCrop}.
 * @example
 * const views = fiveCrop({ size: 224 })(image) // five images
 */
export const fiveCrop = (options: CropOptions): MultiViewTransform => {
  checkOptions('fiveCrop', options, { size: true })
  const size = checkSize('fiveCrop', options.size)
  return multiView({ kind: 'fiveCrop', size }, (view) => five(view, size))
}

/**
 * Ten windows: {@link fiveCrop} of the image, then of its mirror image. AlexNet's test (§4.1); as torchvision's
 * `TenCrop`. Draws nothing.
 *
 * So the sixth window is the mirror image of the top right one, and the last that of the window whose left edge is
 * W − w − ℓ, ℓ being the center's: if W − w is odd, one pixel beside the center. The protocol `tenCrop` of
 * `@retable/training` has the same views.
 *
 * @throws RetableError as {@link centerCrop}.
 * @example
 * const views = compose([resize({ size: 256 }), tenCrop({ size: 224 })])(image) // ten images
 */
export const tenCrop = (options: CropOptions): MultiViewTransform => {
  checkOptions('tenCrop', options, { size: true })
  const size = checkSize('tenCrop', options.size)
  return multiView({ kind: 'tenCrop', size }, (view) => [
    ...five(view, size),
    ...five(mirrored(view), size),
  ])
}

/** Options of {@link multiCrop}. */
export interface MultiCropOptions extends CropOptions {
  /** windows along each side, at least 2; default 5 */
  readonly grid?: number
}

/**
 * A regular grid of windows, of the image and then of its mirror image: VGG's multi-crop evaluation (§3.2), 5 × 5 × 2 = 50.
 *
 * Window (i, j) of n × n has its first row at round(i·(H − h)/(n − 1)) and its first column likewise, halves to even, so
 * that the outer ones touch the edges; row by row. The paper does not say how its grid is placed. Draws nothing. The
 * protocol `multiCrop` of `@retable/training` has the same views.
 *
 * @throws RetableError as {@link centerCrop}, and `invalid-argument` for a grid under 2.
 * @example
 * const views = compose([resize({ size: 384 }), multiCrop({ size: 224 })])(image) // fifty images
 */
export const multiCrop = (options: MultiCropOptions): MultiViewTransform => {
  checkOptions('multiCrop', options, { size: true, grid: true })
  const { size, grid = 5 } = options
  const box = checkSize('multiCrop', size)
  checkInteger('multiCrop', 'grid', grid, 2)
  const [height, width] = box
  const steps = Array.from({ length: grid }, (_, i) => i)
  const windows = (view: LazyImage) =>
    steps.flatMap((i) =>
      steps.map((j) => {
        const top = roundHalfEven((i * (view.height - height)) / (grid - 1))
        const left = roundHalfEven((j * (view.width - width)) / (grid - 1))
        return cropped(view, top, left, height, width)
      }),
    )
  const spec = { kind: 'multiCrop', size: box, grid }
  return multiView(spec, (view) => [...windows(view), ...windows(mirrored(view))])
}
