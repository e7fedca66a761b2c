import { RetableError, unknownName } from '@retable/core'

/** @throws RetableError `invalid-argument` unless `value` is an integer of at least 1. */
export const checkCount = (what: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RetableError(
      'invalid-argument',
      `${what} is an integer of at least 1, found ${value}`,
    )
  }
  return value
}

/** @throws RetableError `invalid-argument` unless `pools` are numbers of stages, each once. */
export const checkPools = (pools: readonly number[], stages: number): ReadonlySet<number> => {
  const known = pools.every((n) => Number.isSafeInteger(n) && n >= 1 && n <= stages)
  if (!known || new Set(pools).size < pools.length) {
    throw new RetableError(
      'invalid-argument',
      `pools are numbers of stages from 1 to ${stages}, each once, found [${pools.join(', ')}]`,
    )
  }
  return new Set(pools)
}

/** @throws RetableError `unknown-name` unless `padding` is one of a pool's. */
export const checkPoolPadding = (padding: string): 'valid' | 'same' => {
  if (padding === 'valid' || padding === 'same') return padding
  throw unknownName('pool padding', padding, ['valid', 'same'])
}

/** Height and width from an option that is one number or a pair. */
export const checkInputSize = (
  size: number | readonly [number, number],
): readonly [number, number] => {
  const pair = typeof size === 'number' ? ([size, size] as const) : size
  return [checkCount('inputSize', pair[0]), checkCount('inputSize', pair[1])]
}

/** @throws RetableError `invalid-argument` unless `rate` is false or a probability below 1. */
export const checkDropout = (rate: number | false): number => {
  if (rate === false) return 0
  if (!(rate >= 0 && rate < 1)) {
    throw new RetableError(
      'invalid-argument',
      `dropout is false or a probability from 0 to below 1, found ${rate}`,
    )
  }
  return rate
}
