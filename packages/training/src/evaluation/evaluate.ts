import { predict, type PredictOptions } from './predict.js'
import { score, type Evaluation } from './score.js'

/** Options of {@link evaluate}: those of `predict`. */
export type EvaluateOptions = PredictOptions

/**
 * The loss, top-1 and top-5 error and confusion matrix of a net on a data set under a test protocol:
 * `score(await predict(options))`. Keep the prediction itself to fuse it with others.
 *
 * @throws what `predict` throws
 * @example
 * const { top1Error, top5Error, loss } = await evaluate({ model, params, data, protocol: centerCrop(224) })
 */
export const evaluate = async (options: EvaluateOptions): Promise<Evaluation> =>
  score(await predict(options))
