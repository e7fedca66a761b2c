import { RetableError } from './errors.js'
import { unknownName } from './nearest.js'

/**
 * What a spec describes: its `kind` names one of the factories, the rest are the options that it is called with.
 *
 * @param what what the kinds are, for errors: `layer`
 * @throws RetableError `invalid-argument` if the spec is no object with a kind, `unknown-name` with the nearest kinds if there is
 * no such factory; and what the factory throws.
 * @example
 * fromSpec('optimizer', { sgd, adam }, { kind: 'sgd', momentum: 0.9 }) // sgd({ momentum: 0.9 })
 */
export const fromSpec = <Made>(
  what: string,
  factories: Readonly<Record<string, (options: never) => Made>>,
  spec: { readonly kind: string },
): Made => {
  const given: unknown = spec
  if (typeof given !== 'object' || given === null || typeof spec.kind !== 'string') {
    throw new RetableError(
      'invalid-argument',
      `the spec of ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} is an object with a kind, found ${JSON.stringify(given)}`,
    )
  }
  const { kind, ...options } = spec
  const make = Object.hasOwn(factories, kind) ? factories[kind] : undefined
  if (!make) throw unknownName(what, kind, Object.keys(factories))
  return make(options as never)
}
