/** What went wrong, for code that must tell one failure from another; people read the message. */
export type RetableErrorCode =
  /** an argument or option outside what the function takes */
  | 'invalid-argument'
  /** a tensor or image whose shape does not fit */
  | 'invalid-shape'
  /** an unknown name */
  | 'unknown-name'
  /** a file or folder that is not there */
  | 'not-found'
  /** a file whose bytes are not what its format promises */
  | 'corrupt-data'
  /** a download that broke off, or whose checksum is wrong */
  | 'download-failed'
  /** a backend, provider or optional package that this machine does not have */
  | 'unavailable'
  /** a loss or weight that is NaN or infinite */
  | 'diverged'
  /** state that does not belong to the run it is offered to */
  | 'mismatch'
  /** a run stopped by a signal or by its caller */
  | 'interrupted'

/**
 * The error that every `@retable/*` package throws on bad input or bad luck: a sentence that names the
 * argument or file, what was found and what was expected, and a `code` for programs.
 */
export class RetableError extends Error {
  readonly code: RetableErrorCode
  constructor(code: RetableErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'RetableError'
    this.code = code
  }
}

/** Tells a {@link RetableError} from any other value, across copies of this package. */
export const isRetableError = (value: unknown): value is RetableError =>
  value instanceof Error && value.name === 'RetableError' && 'code' in value
