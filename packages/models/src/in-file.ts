import { isRetableError, RetableError } from '@retable/core'

/** An error that says which file it is about: its message begins with the file's name unless it has it already. */
export const inFile = (path: string, error: unknown): unknown =>
  isRetableError(error) && !error.message.includes(path)
    ? new RetableError(error.code, `${path}: ${error.message}`, { cause: error })
    : error
