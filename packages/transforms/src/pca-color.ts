import { checkOptions } from '@retable/core/host'
import { badOption, checkChannels, checkNumbers } from './check-options.js'
import { changed } from './lazy.js'
import { makeTransform } from './transform.js'
import type { Transform } from './transform.js'
import { channelStep } from './value-step.js'

/** Options of {@link pcaColor}, as `pcaOfPixels` gives them; in the image's units (from 0 to 1 for bytes). */
export interface PcaColorOptions {
  /** p: `eigenvectors[i]` is the unit vector that belongs to `eigenvalues[i]`, one entry a channel */
  readonly eigenvectors: readonly ArrayLike<number>[]
  /** λ: the eigenvalues of the pixels' covariance */
  readonly eigenvalues: ArrayLike<number>
  /** the standard deviation of α; default 0.1 */
  readonly std?: number
  /** what else `pcaOfPixels` gives, so that all of it can be handed on; not used */
  readonly mean?: ArrayLike<number>
  /** not used, as `mean` */
  readonly covariance?: readonly ArrayLike<number>[]
}

/**
 * Shifts an image's color along the principal components of the training set's pixels: AlexNet §4.1.
 *
 * x[c] + Σᵢ p_i[c]·αᵢ·λᵢ, αᵢ ~ N(0, std) drawn once per image, in the order of the eigenvalues, by `random.normal`. The
 * result is not clipped. λ are the covariance's eigenvalues, as the paper writes it, not their square roots.
 *
 * @throws RetableError `invalid-argument` for another option, vectors and values that do not fit each other, a negative
 * eigenvalue or std; `invalid-shape` for an image of another number of channels.
 * @example
 * const { eigenvectors, eigenvalues } = await pcaOfPixels(train)
 * const color = pcaColor({ eigenvectors, eigenvalues })
 */
export const pcaColor = (options: PcaColorOptions): Transform => {
  checkOptions('pcaColor', options, {
    eigenvectors: true,
    eigenvalues: true,
    std: true,
    mean: true,
    covariance: true,
  })
  const { eigenvectors, eigenvalues, std = 0.1 } = options
  checkNumbers('pcaColor', 'eigenvalues', eigenvalues)
  const values = Array.from(eigenvalues)
  if (!values.every((value) => value >= 0)) badOption('pcaColor', 'eigenvalues from 0 up', values)
  if (!Array.isArray(options.eigenvectors) || eigenvectors.length !== values.length) {
    badOption('pcaColor', `${values.length} eigenvectors, one an eigenvalue`, eigenvectors?.length)
  }
  const vectors = eigenvectors.map((vector) => {
    checkNumbers('pcaColor', 'eigenvectors', vector)
    if (vector.length !== values.length) {
      badOption('pcaColor', `eigenvectors of ${values.length} entries`, Array.from(vector))
    }
    return Array.from(vector)
  })
  if (!(std >= 0 && std < Infinity)) badOption('pcaColor', 'a std from 0 up', std)
  const spec = { kind: 'pcaColor', eigenvectors: vectors, eigenvalues: values, std }
  return makeTransform(
    spec,
    (view, random) => {
      checkChannels('pcaColor', values.length, view.channels)
      const shift = new Float64Array(values.length)
      for (const [i, value] of values.entries()) {
        const amount = random.normal(0, std) * value
        for (let c = 0; c < shift.length; c++) shift[c] = shift[c]! + amount * vectors[i]![c]!
      }
      return changed(view, channelStep(Float32Array.from(shift, (s) => -s)))
    },
    true,
  )
}
