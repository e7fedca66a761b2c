import { RetableError, isRetableError, type RetableErrorCode } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'

/** A data set that could not be opened, with what was asked for. */
export class DataError extends RetableError {
  readonly request: JsonObject
  constructor(code: RetableErrorCode, message: string, request: JsonObject) {
    super(code, message)
    this.request = request
  }
}

/** The error of a data set that could not be opened; a stop, and what was not expected, stay as they are. */
export const dataError = (error: unknown, request: JsonObject): unknown => {
  if (!isRetableError(error) || error.code === 'interrupted') return error
  const told = new DataError(error.code, error.message, request)
  if (error.stack !== undefined) told.stack = error.stack
  return told
}
