import { RetableError, unknownName } from '@retable/core'
import type { BackendName, Driver } from './driver.js'

/**
 * Checks the options of a backend, and drops those that are undefined.
 *
 * @throws RetableError 'unknown-name' for an option that the backend does not take, 'invalid-argument' for a
 *   number of threads that is none
 */
export const checkOptions = (
  driver: Driver,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [key, value] of given) {
    if (!driver.options.includes(key)) {
      throw driver.options.length === 0
        ? new RetableError(
            'unknown-name',
            `the "${driver.name}" backend takes no options, and got "${key}"`,
          )
        : unknownName(`option of the "${driver.name}" backend`, key, driver.options)
    }
    if (
      key === 'threads' &&
      !(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 64)
    ) {
      throw new RetableError(
        'invalid-argument',
        `threads must be a whole number from 1 to 64, and is ${String(value)}`,
      )
    }
  }
  return Object.fromEntries(given)
}

/** Of the options for `auto`, those that a backend takes. */
export const optionsFor = (
  name: BackendName,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => (options[name] as Record<string, unknown> | undefined) ?? {}
