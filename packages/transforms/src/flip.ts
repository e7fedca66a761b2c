import { checkOptions } from '@retable/core/host'
import { badOption } from './check-options.js'
import { mirrored } from './lazy.js'
import { makeTransform } from './transform.js'
import type { Transform } from './transform.js'

/**
 * The mirror image, left to right. Draws nothing.
 *
 * @example
 * const mirror = horizontalFlip()(image)
 */
export const horizontalFlip = (): Transform => makeTransform({ kind: 'horizontalFlip' }, mirrored)

/** Options of {@link randomHorizontalFlip}. */
export interface RandomHorizontalFlipOptions {
  /** the probability of the mirror image; default 0.5 */
  readonly p?: number
}

/**
 * The mirror image with probability `p`, the image itself otherwise. Draws one `random.uniform` per image.
 *
 * @throws RetableError `invalid-argument` for a p outside 0 to 1.
 * @example
 * const train = compose([randomCrop({ size: 224 }), randomHorizontalFlip()])
 */
export const randomHorizontalFlip = (options: RandomHorizontalFlipOptions = {}): Transform => {
  checkOptions('randomHorizontalFlip', options, { p: true })
  const { p = 0.5 } = options
  if (!(p >= 0 && p <= 1)) badOption('randomHorizontalFlip', 'a probability p from 0 to 1', p)
  return makeTransform(
    { kind: 'randomHorizontalFlip', p },
    (view, random) => (random.uniform() < p ? mirrored(view) : view),
    true,
  )
}
