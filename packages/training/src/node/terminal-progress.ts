import cliProgress from 'cli-progress'
import { formatProgress } from '../progress/format-progress.js'
import type { OnProgress } from '../progress/progress.js'

/** Options of {@link terminalProgress}. */
export interface TerminalProgressOptions {
  /** Said before each line: the run's name. Default none. */
  readonly label?: string
  /** Default process.stderr, so that results can be piped from standard output. */
  readonly stream?: NodeJS.WriteStream
  /** Where there is no terminal: seconds between lines, at least. Default 5. */
  readonly everySeconds?: number
}

/** A display of progress; hand `onProgress` to `fit`, `predict` or `evaluate`. */
export interface TerminalProgress {
  readonly onProgress: OnProgress
  /** Writes a line above the display. */
  log(line: string): void
  /** Ends the display; call it whatever happened. */
  close(): void
}

/**
 * Shows progress: a live bar on a terminal, elsewhere a plain line every few seconds and at each phase's end.
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
  return stream.isTTY ? liveBar(prefix, stream) : plainLines(prefix, stream, everySeconds)
}

const liveBar = (prefix: string, stream: NodeJS.WriteStream): TerminalProgress => {
  const bars = new cliProgress.MultiBar(
    {
      stream,
      format: `${prefix}{bar} {line}`,
      barsize: 20,
      fps: 8,
      hideCursor: true,
      clearOnComplete: false,
      autopadding: false,
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  )
  let bar: cliProgress.SingleBar | undefined
  return {
    onProgress: (event) => {
      const total = event.steps ?? event.step
      bar ??= bars.create(total, 0, { line: '' })
      if (bar.getTotal() !== total) bar.setTotal(total)
      bar.update(event.step, { line: formatProgress(event) })
    },
    log: (line) => {
      if (bar) bars.log(`${line}\n`)
      else stream.write(`${line}\n`)
    },
    close: () => bars.stop(),
  }
}

const plainLines = (
  prefix: string,
  stream: NodeJS.WriteStream,
  everySeconds: number,
): TerminalProgress => {
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
