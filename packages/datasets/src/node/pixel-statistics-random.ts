import { RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'

const refuse = (): never => {
  throw new RetableError(
    'invalid-argument',
    'the transform of pixelStatistics draws at random; statistics are of one image each: take centerCrop for randomCrop, and leave flips and color out',
  )
}

/** A stream for transforms that must draw nothing: drawing from it throws RetableError `invalid-argument`. */
export const noRandom: Random = {
  seed: 0,
  path: [],
  stream: () => noRandom,
  uniform: refuse,
  normal: refuse,
  int: refuse,
  permutation: refuse,
  fillUniform: refuse,
  fillNormal: refuse,
}
