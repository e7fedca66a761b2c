import { RetableError, isRetableError, type RetableErrorCode } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { LockHolder } from '@retable/core/node'
import type { PackedUnit } from '../../../unit/pack.js'
import type { RunSettings } from '../../../unit/settings.js'
import type { Progress } from '../../../unit/context.js'
import { DataError } from '../data-error.js'

/** The word after the command's name that starts a child process. */
export const childWord = 'run-unit'

/** What a child process that runs one unit tells its parent. */
export type ChildMessage =
  /** It listens: send it the unit. */
  | { readonly type: 'ready' }
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'outcome'; readonly outcome: 'made' | 'found' }
  | { readonly type: 'busy'; readonly holder?: LockHolder }
  | { readonly type: 'error'; readonly error: PlainError }

/** What a parent tells its child. */
export type ParentMessage =
  | { readonly type: 'run'; readonly unit: PackedUnit; readonly settings: RunSettings }
  /** Finish the step, write a checkpoint, end. */
  | { readonly type: 'stop' }

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
