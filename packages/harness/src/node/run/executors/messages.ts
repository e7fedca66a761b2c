import { RetableError, isRetableError, type RetableErrorCode } from '@retable/core/host'
import type { LockHolder } from '@retable/core/node'
import type { JsonObject } from '../../../unit/json.js'
import type { Progress } from '../../../unit/context.js'
import { DataError } from '../data-error.js'

/** What a child process that makes one unit tells its parent. */
export type ChildMessage =
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'outcome'; readonly outcome: 'made' | 'found' }
  | { readonly type: 'busy'; readonly holder?: LockHolder }
  | { readonly type: 'error'; readonly error: PlainError }

/** What a parent tells its children: finish the step, write a checkpoint, end. */
export type ParentMessage = { readonly type: 'stop' }

/** An error as it crosses from one process to another. */
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
