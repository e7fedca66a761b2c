import { checkOptions, RetableError } from '@retable/core'
import { checkRowLabels, type Prediction } from './prediction.js'

/** Options of {@link fuse}. */
export interface FuseOptions {
  /** How much each prediction counts, of any sum; default: all count the same. */
  readonly weights?: readonly number[]
}

/**
 * Averages the posteriors of several nets, scales or protocols on the same examples (VGG §3.2, §4.3–4.5: several
 * scales, dense with multi-crop, several nets; AlexNet §6: five nets).
 *
 * p = Σₖ wₖ·pₖ / Σₖ wₖ. With equal weights, three scales of 50 crops are the 150 crops of the paper.
 *
 * @throws RetableError `invalid-argument` for no predictions, bad options or a label that is no class; `mismatch` if
 * the predictions are not of the same examples and classes.
 * @example
 * const both = fuse([denseAt256, denseAt384, cropsAt256, cropsAt384])
 */
export const fuse = (predictions: readonly Prediction[], options: FuseOptions = {}): Prediction => {
  checkOptions('fuse', options, { weights: true })
  const { weights = predictions.map(() => 1) } = options
  const [first] = predictions
  if (!first) throw new RetableError('invalid-argument', 'fuse takes at least one prediction')
  const total = weights.reduce((sum, w) => sum + w, 0)
  if (
    weights.length !== predictions.length ||
    !weights.every((w) => Number.isFinite(w) && w >= 0) ||
    !(total > 0)
  ) {
    throw new RetableError(
      'invalid-argument',
      `fuse takes ${predictions.length} weights of at least 0, not all 0; found [${weights.join(', ')}]`,
    )
  }
  checkRowLabels(first.labels, first)
  predictions.forEach((other, k) => checkSameExamples(first, other, k))
  const posteriors = new Float32Array(first.posteriors.length)
  for (let i = 0; i < posteriors.length; i++) {
    let sum = 0
    for (let k = 0; k < predictions.length; k++) sum += weights[k]! * predictions[k]!.posteriors[i]!
    posteriors[i] = sum / total
  }
  const losses = Float32Array.from({ length: first.count }, (_, i) =>
    meanLoss(
      predictions.map((p) => p.losses[i]!),
      weights,
    ),
  )
  return { ...first, posteriors, losses }
}

/** −log of the weighted mean of posteriors whose −log is given; finite even if the posteriors themselves underflow. */
export const meanLoss = (losses: readonly number[], weights: readonly number[]): number => {
  let least = Infinity
  let total = 0
  losses.forEach((loss, k) => {
    if (weights[k]! > 0) least = Math.min(least, loss)
    total += weights[k]!
  })
  if (!Number.isFinite(least)) return losses.some((loss) => Number.isNaN(loss)) ? NaN : least
  let sum = 0
  losses.forEach((loss, k) => {
    if (weights[k]! > 0) sum += weights[k]! * Math.exp(least - loss)
  })
  return least - Math.log(sum / total)
}

const checkSameExamples = (first: Prediction, other: Prediction, k: number): void => {
  if (other.count !== first.count || other.classes !== first.classes) {
    throw new RetableError(
      'mismatch',
      `prediction ${k} is of ${other.count} examples in ${other.classes} classes, expected ${first.count} in ${first.classes} as the first`,
    )
  }
  for (let i = 0; i < first.count; i++) {
    if (first.indices[i] !== other.indices[i] || first.labels[i] !== other.labels[i]) {
      throw new RetableError(
        'mismatch',
        `row ${i} of prediction ${k} is example ${other.indices[i]} of class ${other.labels[i]}, expected example ${first.indices[i]} of class ${first.labels[i]} as in the first`,
      )
    }
  }
}
