import { isInteractive, liveLines, progressBar, type TextStream } from '@retable/core/node'
import { formatProgress } from '../progress/format-progress.js'
import type { OnProgress, ProgressEvent } from '../progress/progress.js'

/** Options of {@link terminalProgress}. */
export interface TerminalProgressOptions {
  /** Said before each line: the run's name. Default none. */
  readonly label?: string
  /** Default process.stderr, so that results can be piped from standard output. */
  readonly stream?: TextStream
  /** Without a terminal: seconds between lines, at least. Default 5. */
  readonly everySeconds?: number
}

/** A display of progress; hand `onProgress` to `fit`, `predict` or `evaluate`. */
export interface TerminalProgress {
  /** Draws an event. */
  readonly onProgress: OnProgress
  /** Writes a line above the display. */
  log(line: string): void
  /** Ends the display; call it whatever happened. */
  close(): void
}

/**
 * Shows progress: a live bar on a terminal; elsewhere, and with `CI` in the environment, a plain line every few seconds
 * and at each phase's end. The terminal is never left changed, however the process ends.
 *
 * @example
 * const progress = terminalProgress({ label: 'vgg-D' })
 * try {
 *   await fit({ …, onProgress: progress.onProgress })
 * } finally {
 *   progress.close()
 * }
 */
export const terminalProgress = ({
  label = '',
  stream = process.stderr,
  everySeconds = 5,
}: TerminalProgressOptions = {}): TerminalProgress => {
  const prefix = label === '' ? '' : `${label} `
  return isInteractive(stream) ? liveBar(prefix, stream) : plainLines(prefix, stream, everySeconds)
}

const liveBar = (prefix: string, stream: TextStream): TerminalProgress => {
  const lines = liveLines(stream, { framesPerSecond: 8 })
  let last: ProgressEvent | undefined
  return {
    onProgress: (event) => {
      last = event
      const { step, steps = step } = event
      lines.set([`${prefix}${progressBar(step, steps, 20)} ${formatProgress(event)}`])
    },
    log: (line) => stream.write(`${line}\n`),
    close: () => lines.stop({ keep: last !== undefined }),
  }
}

const plainLines = (prefix: string, stream: TextStream, everySeconds: number): TerminalProgress => {
  let last = -Infinity
  let waiting: string | undefined
  const write = (line: string) => stream.write(`${prefix}${line}\n`)
  return {
    onProgress: (event) => {
      const now = performance.now()
      waiting = formatProgress(event)
      if (now - last < everySeconds * 1000 && event.step !== event.steps) return
      last = now
      write(waiting)
      waiting = undefined
    },
    log: write,
    close: () => {
      if (waiting !== undefined) write(waiting)
      waiting = undefined
    },
  }
}
