import { checkOptions, fromSpec, RetableError, roundHalfEven, type Specs } from '@retable/core'
import type { Spec } from '@retable/optimizers'
import { checkAveraging, checkFits, checkFlag, checkSize } from './check-options.js'
import type { Averaging, Protocol, View } from './protocol.js'

/** Options of a protocol over several views. */
export interface AveragingOptions {
  /** Whether the views' posteriors are averaged, as both papers do, or their scores. Default 'posteriors'. */
  readonly average?: Averaging
}

/** Options of {@link centerCrop}. */
export interface CenterCropOptions {
  /** Side of the square, in pixels. */
  readonly size: number
}

/** Options of {@link tenCrop}. */
export interface TenCropOptions extends AveragingOptions {
  /** Side of the squares, in pixels. */
  readonly size: number
}

/** Options of {@link multiCrop}. */
export interface MultiCropOptions extends AveragingOptions {
  /** Side of the squares, in pixels. */
  readonly size: number
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

/** The same windows of the mirror image, of which `width` is the width: a window at its left lies at the image's right. */
const ofMirrorImage = (views: readonly View[], width: number): readonly View[] =>
  views.map((view) => ({ ...view, left: width - view.width - view.left, mirror: !view.mirror }))

const central = (size: number, height: number, width: number): View =>
  square(size, roundHalfEven((height - size) / 2), roundHalfEven((width - size) / 2))

/**
 * Each image as it comes, once; the loader's transform has prepared it. Where the transform makes several views
 * (`Batch.views`), they are averaged.
 *
 * @throws RetableError `invalid-argument` for a bad option.
 */
export const asIs = (options: AveragingOptions = {}): Protocol => {
  checkOptions('asIs', options, { average: true })
  const { average = 'posteriors' } = options
  checkAveraging("asIs's average", average)
  return {
    spec: { kind: 'asIs', average },
    dense: false,
    positions: 'scores',
    average,
    views: (height, width) => [{ top: 0, left: 0, height, width, mirror: false }],
  }
}

/**
 * The central square of `size` pixels, placed as torchvision's CenterCrop.
 *
 * @throws RetableError `invalid-argument` for a bad size; `invalid-shape` for a smaller image.
 * @example
 * const { top1Error } = await evaluate({ model, params, data, protocol: centerCrop({ size: 224 }) })
 */
export const centerCrop = (options: CenterCropOptions): Protocol => {
  checkOptions('centerCrop', options, { size: true })
  const { size } = options
  checkSize(size)
  return {
    spec: { kind: 'centerCrop', size },
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
 * center, and the same five windows of the mirror image. The views of torchvision's TenCrop, and of `tenCrop` of
 * `@retable/transforms`, which makes images of them.
 *
 * @throws RetableError `invalid-argument` for a bad size or option; `invalid-shape` for a smaller image.
 * @example
 * evaluate({ model, params, data, protocol: tenCrop({ size: 224 }) })
 */
export const tenCrop = (options: TenCropOptions): Protocol => {
  checkOptions('tenCrop', options, { size: true, average: true })
  const { size, average = 'posteriors' } = options
  checkSize(size)
  checkAveraging("tenCrop's average", average)
  return {
    spec: { kind: 'tenCrop', size, average },
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
      return [...five, ...ofMirrorImage(five, width)]
    },
  }
}

/**
 * VGG's multi-crop evaluation (§3.2): a regular grid of crops, 5×5 with both mirror images, 50 a scale.
 *
 * The paper does not say where the grid lies: here its corner crops touch the image's corners and the others are
 * equally spaced, to the nearest pixel (a half to the even one). Row by row; then the same windows of the mirror image. The
 * views of `multiCrop` of `@retable/transforms`, which makes images of them.
 *
 * @throws RetableError `invalid-argument` for a bad size, grid or option; `invalid-shape` for a smaller image.
 * @example
 * evaluate({ model, params, data, protocol: multiCrop({ size: 224 }) })
 */
export const multiCrop = (options: MultiCropOptions): Protocol => {
  checkOptions('multiCrop', options, { size: true, grid: true, mirror: true, average: true })
  const { size, grid = 5, mirror = true, average = 'posteriors' } = options
  checkSize(size)
  checkFlag("multiCrop's mirror", mirror)
  checkAveraging("multiCrop's average", average)
  if (!Number.isSafeInteger(grid) || grid < 1) {
    throw new RetableError('invalid-argument', `a grid is of at least 1 crop, found ${grid}`)
  }
  const at = (i: number, room: number) =>
    roundHalfEven(grid === 1 ? room / 2 : (i * room) / (grid - 1))
  return {
    spec: { kind: 'multiCrop', size, grid, mirror, average },
    dense: false,
    positions: 'scores',
    average,
    views: (height, width) => {
      checkFits(size, height, width)
      const crops = Array.from({ length: grid * grid }, (_, i) =>
        square(size, at(Math.floor(i / grid), height - size), at(i % grid, width - size)),
      )
      return mirror ? [...crops, ...ofMirrorImage(crops, width)] : crops
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
 * @throws RetableError `invalid-argument` for a bad option, or positions of posteriors with an average of
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
    spec: { kind: 'dense', mirror, positions, average },
    dense: true,
    positions,
    average,
    views: (height, width) => {
      const whole = [{ top: 0, left: 0, height, width, mirror: false }]
      return mirror ? [...whole, ...ofMirrorImage(whole, width)] : whole
    },
  }
}

/** A protocol as plain JSON: `{ kind: 'tenCrop', size: 224 }`. A new one is a line here and one below. */
export type ProtocolSpec = Specs<{
  asIs: AveragingOptions
  centerCrop: CenterCropOptions
  dense: DenseOptions
  multiCrop: MultiCropOptions
  tenCrop: TenCropOptions
}>

/**
 * The protocol that `spec` describes: `protocolFromSpec(p.spec)` has the views of `p`, also after the spec has been through
 * JSON.
 *
 * @throws RetableError `unknown-name` for an unknown kind, `invalid-argument` for options that it does not take.
 * @example
 * protocolFromSpec({ kind: 'multiCrop', size: 224, grid: 5 })
 */
export const protocolFromSpec = (spec: ProtocolSpec | Spec): Protocol =>
  fromSpec('protocol', { asIs, centerCrop, dense, multiCrop, tenCrop }, spec)
