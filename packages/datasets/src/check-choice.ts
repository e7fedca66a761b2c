import { RetableError } from '@retable/core/host'

/** @throws RetableError `invalid-argument` unless an option is left out or one of those known. */
export const checkChoice = (
  option: string,
  value: string | undefined,
  known: readonly string[],
): void => {
  if (value === undefined || known.includes(value)) return
  throw new RetableError(
    'invalid-argument',
    `${option} is ${known.join(' or ')}, found "${String(value)}"`,
  )
}
