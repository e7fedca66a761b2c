import { mapParams } from '@retable/core'
import type { Params } from '@retable/core'
import type { UnitOutput } from '@retable/harness'
import * as tf from '@tensorflow/tfjs-core'

/**
 * Error in percent and cross-entropy of a net that gives each class the same probability, the latter in single precision, as
 * losses of tests are.
 */
export const chanceOf = (classes: number): { readonly top1: number; readonly loss: number } => ({
  top1: 100 * (1 - 1 / classes),
  loss: Math.fround(Math.log(classes)),
})

/** Why a unit's training diverged; undefined if it did not. */
export const whyDiverged = ({ extra }: Pick<UnitOutput, 'extra'>): string | undefined => {
  const why = extra?.['diverged']
  return typeof why === 'string' ? why : undefined
}

/**
 * A net that learned nothing: zeros in place of its parameters, so that it gives each class the same probability on every
 * image, test and backend. The caller disposes of them.
 */
export const zeroed = (params: Params): Params =>
  mapParams(params, (value) => tf.zeros(value.shape, 'float32'))
