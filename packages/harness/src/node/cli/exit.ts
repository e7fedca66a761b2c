import { CommanderError } from 'commander'
import { isRetableError, type RetableErrorCode } from '@retable/core/host'
import { errorText } from '../display/unit-text.js'
import type { Output } from '../display/display.js'

/** Ends a command with a code after its message has been printed. */
export class ExitWith extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super(`exit ${exitCode}`)
    this.name = 'ExitWith'
    this.exitCode = exitCode
  }
}

/** What a command line is to blame for, as far as commander does not see it. */
const wrongUse: readonly RetableErrorCode[] = ['unknown-name', 'invalid-argument']

/** Prints an error as one sentence (its stack with `verbose`) and returns the exit code: 2 for usage, 1 for the rest. */
export const reportError = (
  error: unknown,
  { name, stderr, verbose }: { name: string; stderr: Output; verbose: boolean },
): number => {
  if (error instanceof ExitWith) return error.exitCode
  // Commander has printed its own; help and version are no failures.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  stderr.write(`${name}: ${errorText(error, verbose)}\n`)
  if (!isRetableError(error) && !verbose) {
    stderr.write(`${name}: this was not expected; --verbose shows where it happened\n`)
  }
  return isRetableError(error) && wrongUse.includes(error.code) ? 2 : 1
}
