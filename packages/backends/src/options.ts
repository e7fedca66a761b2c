import { checkOptions, RetableError } from '@retable/core'
import type { Driver } from './driver.js'
import type { BackendName } from './drivers/index.js'

/**
 * Checks the options of a backend, and drops those that are undefined.
 *
 * @throws RetableError 'invalid-argument' for an option that the backend does not take, or a number of threads out of range
 */
export const givenOptions = (
  driver: Driver,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const taken = Object.fromEntries(driver.options.map((name) => [name, true] as const))
  checkOptions(`the "${driver.name}" backend`, Object.fromEntries(given), taken)
  const { threads } = options
  const isThreads =
    Number.isInteger(threads) && (threads as number) >= 1 && (threads as number) <= 64
  if (threads !== undefined && !isThreads) {
    throw new RetableError(
      'invalid-argument',
      `threads must be a whole number from 1 to 64, and is ${threads as number}`,
    )
  }
  return Object.fromEntries(given)
}

/** Of the options for `auto`, those that a backend takes. */
export const optionsFor = (
  name: BackendName,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => (options[name] as Record<string, unknown> | undefined) ?? {}
