import type { CurveName, CurvePoint } from '@retable/core'
import type { RunningSums } from './training-state.js'

/** No batches yet. */
export const noSums: RunningSums = { images: 0, loss: 0, wrong: 0 }

/** The sums with one more batch. */
export const addBatch = (
  sums: RunningSums,
  images: number,
  { loss, wrong }: { readonly loss: number; readonly wrong: number },
): RunningSums => ({
  images: sums.images + images,
  loss: sums.loss + loss * images,
  wrong: sums.wrong + wrong,
})

/** A point: where the run is, the means of `sums`, and what validation found. */
export const makePoint = (
  at: { readonly step: number; readonly stepsPerEpoch: number; readonly learningRate: number },
  sums: RunningSums,
  trainErrors: boolean,
  validation: Readonly<Record<string, number>>,
): CurvePoint => {
  const own: Partial<Record<CurveName, number>> = {
    step: at.step,
    epoch: at.step / at.stepsPerEpoch,
    learningRate: at.learningRate,
    ...(sums.images > 0 && { trainLoss: sums.loss / sums.images }),
    ...(sums.images > 0 && trainErrors && { trainTop1: (100 * sums.wrong) / sums.images }),
  }
  return { ...own, ...validation }
}
