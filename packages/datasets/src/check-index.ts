import { RetableError } from '@retable/core/host'

/** `i`, if it is an index of a set of `length` examples; throws RetableError `invalid-argument` otherwise. */
export const checkIndex = (name: string, length: number, i: number): number => {
  if (!Number.isInteger(i) || i < 0 || i >= length) {
    throw new RetableError(
      'invalid-argument',
      `${name} has examples 0 to ${length - 1}, found index ${i}`,
    )
  }
  return i
}
