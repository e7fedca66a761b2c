import { assertSameTree, RetableError, type Params } from '@retable/core'
import type { OptimizerState } from './optimizer.js'

const refuse = (what: string, found: unknown, expected: string): never => {
  throw new RetableError('invalid-argument', `${what} is ${expected}, found ${String(found)}`)
}

/** A finite number of at least 0, or an error that names the option. */
export const checkNonNegative = (what: string, value: number): number =>
  Number.isFinite(value) && value >= 0
    ? value
    : refuse(what, value, 'a finite number of at least 0')

/** A finite number over 0, or an error that names the option. */
export const checkPositive = (what: string, value: number): number =>
  Number.isFinite(value) && value > 0 ? value : refuse(what, value, 'a finite number over 0')

/** A number in [0, 1), or an error that names the option. */
export const checkBelowOne = (what: string, value: number): number =>
  value >= 0 && value < 1 ? value : refuse(what, value, 'at least 0 and below 1')

/** A number in [0, 1], or an error that names the option. */
export const checkFraction = (what: string, value: number): number =>
  value >= 0 && value <= 1 ? value : refuse(what, value, 'from 0 to 1')

/** An integer of at least `least`, or an error that names the option. */
export const checkInteger = (what: string, value: number, least: number): number =>
  Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(what, value, `an integer of at least ${least}`)

/** That gradients and state belong to the parameters, and that the learning rate is one. */
export const checkUpdate = (
  slots: readonly string[],
  params: Params,
  grads: Params,
  state: OptimizerState,
  learningRate: number,
): void => {
  checkNonNegative('the learning rate', learningRate)
  checkInteger("the optimizer state's step", state.step, 0)
  assertSameTree(params, grads, 'the tree of gradients')
  const found = Object.keys(state.slots)
  if (found.length !== slots.length || !slots.every((slot) => state.slots[slot] !== undefined)) {
    const list = (names: readonly string[]) => (names.length > 0 ? names.join(', ') : 'none')
    throw new RetableError(
      'mismatch',
      `the optimizer's state has the slots ${list(found)}, expected ${list(slots)}`,
    )
  }
  for (const slot of slots) {
    assertSameTree(params, state.slots[slot]!, `the optimizer's state "${slot}"`)
  }
}
