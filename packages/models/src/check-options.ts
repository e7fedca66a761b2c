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

/**
 * Throws unless a value is a net: arguments in the wrong order would otherwise end in an error of the language.
 *
 * @param where the argument, for the message: `the first argument of toPyTorch`
 * @throws RetableError `invalid-argument` saying what was found.
 */
export const checkModel = (where: string, value: unknown): void => {
  const { name, layers, inputShape } = Object(value) as Readonly<Record<string, unknown>>
  if (typeof name === 'string' && Array.isArray(layers) && Array.isArray(inputShape)) return
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : undefined
  const found =
    names === undefined
      ? String(value)
      : `an object with ${names.slice(0, 2).join(', ') || 'nothing in it'}${names.length > 2 ? ', …' : ''}`
  throw new RetableError('invalid-argument', `expected a model as ${where}, found ${found}`)
}
