import { RetableError } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'

/**
 * Checks that a value survives being written as JSON: no NaN or infinity, no function, date, typed array or
 * class, no cycle. A key whose value is undefined counts as absent.
 *
 * @throws RetableError `invalid-argument` (or the code given) naming the path of the first value that does not.
 */
export const assertPlainJson: (
  value: unknown,
  where: string,
  code?: 'invalid-argument' | 'diverged',
) => asserts value is JsonObject = (value, where, code = 'invalid-argument') => {
  check(value, where, new Set(), code)
}

const check = (
  value: unknown,
  where: string,
  above: Set<object>,
  code: 'invalid-argument' | 'diverged',
): void => {
  const refuse = (found: string): never => {
    throw new RetableError(code, `${where} is ${found}, which JSON cannot hold`)
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return
    case 'number':
      if (!Number.isFinite(value)) refuse(String(value))
      return
    case 'object': {
      if (value === null) return
      if (above.has(value)) refuse('a cycle')
      above.add(value)
      if (Array.isArray(value)) {
        value.forEach((item, i) => {
          if (item === undefined) refuse(`a list with a hole at ${i}`)
          check(item, `${where}[${i}]`, above, code)
        })
      } else {
        const prototype: unknown = Object.getPrototypeOf(value)
        if (prototype !== Object.prototype && prototype !== null) {
          refuse(`a ${value.constructor?.name ?? 'class'}`)
        }
        for (const [key, item] of Object.entries(value)) {
          check(item, `${where}.${key}`, above, code)
        }
      }
      above.delete(value)
      return
    }
    default:
      refuse(`a ${typeof value}`)
  }
}
