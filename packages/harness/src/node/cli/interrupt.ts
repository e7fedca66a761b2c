import type { Output } from '../display/display.js'

/** What an interrupted command ends with: 128 and the signal's number. SIGHUP is a terminal that was closed. */
export const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGUSR2: 140, SIGTERM: 143 } as const
const usual: readonly (keyof typeof signalCodes)[] = ['SIGHUP', 'SIGINT', 'SIGTERM']

/** Turns SIGHUP, SIGINT and SIGTERM into an abort, so that what runs can finish its step and write a checkpoint. */
export interface Interruption {
  readonly signal: AbortSignal
  /** 129, 130 or 143 once a signal has come; undefined before. */
  exitCode(): number | undefined
  /** Gives the signals back to the process. */
  restore(): void
}

/** Listens for the signals; a second one calls `atOnce` and ends the process. */
export const listenForSignals = (
  stderr: Output,
  name: string,
  atOnce: () => void = () => undefined,
  /** Schedulers announce the end of a job with one: SIGUSR2, since Node starts its debugger on SIGUSR1. */
  more: readonly (keyof typeof signalCodes)[] = [],
  first = 'finishing the step and writing a checkpoint; a second signal stops at once',
): Interruption => {
  const signals = [...usual, ...more]
  const controller = new AbortController()
  let code: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const now = signalCodes[signal as keyof typeof signalCodes]
    if (code !== undefined) {
      atOnce()
      process.exit(now)
    }
    code = now
    stderr.write(`\n${name}: ${first}\n`)
    controller.abort(new Error(signal))
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => code,
    restore: () => {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
