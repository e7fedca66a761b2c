import { RetableError, isRetableError, type RetableErrorCode } from '@retable/core/host'
import { DataError } from './data-error.js'
import type { JsonObject } from '@retable/core/host'

/** An error as it crosses from one process or page to another. */
export interface PlainError {
  readonly message: string
  readonly code?: RetableErrorCode
  /** Of a {@link DataError}. */
  readonly request?: JsonObject
  readonly stack?: string
}

/** Takes an error apart for a message. */
export const packError = (error: unknown): PlainError => {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, stack } = error
  return {
    message,
    ...(isRetableError(error) ? { code: error.code } : {}),
    ...(error instanceof DataError ? { request: error.request } : {}),
    ...(stack === undefined ? {} : { stack }),
  }
}

/** Puts an error together again. */
export const unpackError = ({ message, code, request, stack }: PlainError): Error => {
  const error =
    code === undefined
      ? new Error(message)
      : request === undefined
        ? new RetableError(code, message)
        : new DataError(code, message, request)
  if (stack !== undefined) error.stack = stack
  return error
}
