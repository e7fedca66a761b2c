import { RetableError } from './errors.js'
import { nearestNames } from './nearest.js'

/** Every option of a function by its name: a record, so that the compiler misses what is left out. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true }

/**
 * Throws unless the options of a function are an object without other names than `known`: a misspelt option would
 * otherwise do something else than what was asked for, in silence.
 *
 * @param what the function or thing whose options these are, for the message
 * @throws RetableError `invalid-argument` if there is no object, or one with an unknown name, with the nearest known.
 * @example
 * checkOptions('sgd', options, { momentum: true, weightDecay: true })
 */
export const checkOptions = <Options extends object>(
  what: string,
  options: Options,
  known: OptionNames<NoInfer<Options>>,
): void => {
  if (typeof options !== 'object' || options === null) {
    throw new RetableError(
      'invalid-argument',
      `${what} takes its options as an object, found ${String(options)}`,
    )
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue
    const names = Object.keys(known)
    const near = nearestNames(name, names)
    throw new RetableError(
      'invalid-argument',
      `${what} has no option "${name}"; ${
        near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : names.length > 0
            ? `its options are ${names.join(', ')}`
            : 'it takes none'
      }`,
    )
  }
}
