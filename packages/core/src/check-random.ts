import { RetableError } from './errors.js'
import type { Random } from './random.js'

/**
 * `random`, if it is a stream; a seed or nothing in its place is the most common mistake.
 *
 * @param what the function that draws, for the message
 * @throws RetableError `invalid-argument` if it is no stream.
 * @example
 * checkRandom('randomSplit', random).stream('split')
 */
export const checkRandom = (what: string, random: Random): Random => {
  if (typeof (random as Partial<Random> | undefined)?.stream === 'function') return random
  const found: unknown = random
  const seed = typeof random === 'number' || typeof random === 'string'
  throw new RetableError(
    'invalid-argument',
    `${what} draws from a stream of random numbers, such as createRandom(${seed ? JSON.stringify(random) : 1}), found ${String(found)}`,
  )
}
