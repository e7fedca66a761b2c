import * as tf from '@tensorflow/tfjs-core'
import { checkNonNegative } from './checks.js'
import type { ChangingNumber } from './optimizer.js'

/** Makes the scalars of an update: of numbers that stay the same, and of numbers that change. */
export interface Scalars {
  readonly fixed: (value: number) => tf.Scalar
  readonly changing: ChangingNumber
}

/**
 * Runs `update` with functions that upload host numbers as float32 scalars, each value once, and disposes of them
 * after it. As tensors, and not as constants of an op, numbers that change from step to step leave the graph of a step
 * the same. They outlive a `tf.tidy` within `update`, which so can let go of one parameter's intermediate values
 * before the next one's are made. Numbers that change come from `changing` if it is given.
 */
export const withScalars = <T>(
  at: { readonly step: number; readonly learningRate: number },
  changing: ChangingNumber | undefined,
  update: (scalars: Scalars) => T,
): T => {
  const made = new Map<number, tf.Scalar>()
  const fixed = (value: number): tf.Scalar => {
    const known = made.get(value)
    if (known) return known
    const scalar = tf.keep(tf.scalar(value, 'float32'))
    made.set(value, scalar)
    return scalar
  }
  const own: ChangingNumber = (_name, formula) => fixed(formula(at.step, at.learningRate))
  const given: ChangingNumber | undefined =
    changing &&
    ((name, formula) =>
      changing(name, (step, rate) => formula(step, checkNonNegative('the learning rate', rate))))
  try {
    return update({ fixed, changing: given ?? own })
  } finally {
    for (const scalar of made.values()) scalar.dispose()
  }
}
