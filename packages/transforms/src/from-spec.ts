import { RetableError, unknownName } from '@retable/core/host'
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

const factories: Readonly<Record<string, Factory>> = {
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
 * @throws RetableError `unknown-name` for a transform that is none of this package's, with the nearest names;
 * `invalid-argument` for options that it does not take, or a function of one's own.
 * @example
 * const again = transformFromSpec(JSON.parse(JSON.stringify(train.spec)))
 */
export const transformFromSpec = (spec: TransformSpec): Transform | MultiViewTransform => {
  if (typeof spec !== 'object' || spec === null || typeof spec.name !== 'string') {
    throw new RetableError('invalid-argument', 'a transform spec is an object with a name')
  }
  const { name, ...options } = spec
  if (name === 'compose') {
    if (!Array.isArray(options['transforms'])) {
      throw new RetableError('invalid-argument', 'the spec of a compose has a list, transforms')
    }
    return compose((options['transforms'] as TransformSpec[]).map(transformFromSpec))
  }
  if (name === 'custom') {
    throw new RetableError(
      'invalid-argument',
      `the function ${String(options['function'])} among the transforms cannot be remade from its spec: worker threads and saved configurations take this package's transforms only`,
    )
  }
  const factory = Object.hasOwn(factories, name) ? factories[name] : undefined
  if (factory === undefined)
    throw unknownName('transform', name, [...Object.keys(factories), 'compose'])
  return factory(options as never)
}
