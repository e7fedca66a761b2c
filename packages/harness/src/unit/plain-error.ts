import { RetableError, isRetableError, type RetableErrorCode } from '@retable/core/host'
import { DamagedNeed } from './damaged-need.js'
import { DataError } from './data-error.js'
import type { JsonObject } from '@retable/core/host'

/** An error as it crosses from one process or page to another. */
export interface PlainError {
  readonly message: string
  readonly code?: RetableErrorCode
  /** Of a {@link DataError}. */
  readonly request?: JsonObject
  /** Of a {@link DamagedNeed}. */
  readonly damaged?: string
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
    ...(error instanceof DamagedNeed ? { damaged: error.key } : {}),
    ...(stack === undefined ? {} : { stack }),
  }
}

/** Puts an error together again. */
export const unpackError = ({ stack, ...plain }: PlainError): Error => {
  const error = errorOf(plain)
  if (stack !== undefined) error.stack = stack
  return error
}

const errorOf = ({ message, code, request, damaged }: PlainError): Error => {
  if (code === undefined) return new Error(message)
  if (damaged !== undefined) return new DamagedNeed(message, damaged)
  return request === undefined
    ? new RetableError(code, message)
    : new DataError(code, message, request)
}
