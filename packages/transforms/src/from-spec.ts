import { fromSpec, RetableError } from '@retable/core/host'
import { compose } from './compose.js'
import { centerCrop, fiveCrop, multiCrop, tenCrop } from './crops.js'
import { horizontalFlip, randomHorizontalFlip } from './flip.js'
import { normalize, toFloat } from './normalize.js'
import { pcaColor } from './pca-color.js'
import { randomCrop, scaleAndCrop } from './random-crop.js'
import { randomScale, resize } from './resize.js'
import { subtractMeanImage, subtractMeanRgb } from './subtract-mean.js'
import type { MultiViewTransform, Transform, TransformSpec } from './transform.js'

type Factory = (options: never) => Transform | MultiViewTransform

/** How each kind is made from its options. A new transform is a line here. */
const factories: Readonly<Record<string, Factory>> = {
  compose: ({ transforms }: { readonly transforms?: unknown }) => {
    if (Array.isArray(transforms)) {
      return compose((transforms as TransformSpec[]).map(transformFromSpec))
    }
    throw new RetableError('invalid-argument', 'the spec of a compose has a list, transforms')
  },
  custom: ({ function: name }: { readonly function?: unknown }) => {
    throw new RetableError(
      'invalid-argument',
      `the function ${String(name)} among the transforms cannot be remade from its spec: worker threads and saved configurations take this package's transforms only`,
    )
  },
  centerCrop,
  fiveCrop,
  horizontalFlip,
  multiCrop,
  normalize,
  pcaColor,
  randomCrop,
  randomHorizontalFlip,
  randomScale,
  resize,
  scaleAndCrop,
  subtractMeanImage,
  subtractMeanRgb,
  tenCrop,
  toFloat,
}

/**
 * The transform that `spec` describes: `transformFromSpec(t.spec)` does what `t` does, to the bit, also after the spec has
 * been through JSON or to another thread.
 *
 * @throws RetableError `unknown-name` for a transform that is not this package's, with the nearest names;
 * `invalid-argument` for options that it does not take, or a function of your own.
 * @example
 * const again = transformFromSpec(JSON.parse(JSON.stringify(train.spec)))
 */
export const transformFromSpec = (spec: TransformSpec): Transform | MultiViewTransform =>
  fromSpec('transform', factories, spec)
