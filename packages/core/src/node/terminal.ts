import stringWidth from 'string-width'

/** A stream that text is written to. */
export interface TextStream {
  /** Appends text; what it returns is not used. */
  write(text: string): unknown
  /** Whether the stream is a terminal, where lines can be drawn again. */
  readonly isTTY?: boolean | undefined
  /** Width in characters; 80 unless given. */
  readonly columns?: number | undefined
  /** Height in characters; 24 unless given. */
  readonly rows?: number | undefined
}

/** Lines at the bottom of a terminal that are drawn again in place as they change. */
export interface LiveLines {
  /** What the lines say from now on; drawn at the next frame. */
  set(lines: readonly string[]): void
  /** Draws what was set last at once. */
  draw(): void
  /** Removes the lines, or leaves the last ones on the screen, and gives the streams back. */
  stop(options?: { readonly keep?: boolean }): void
}

/** Options of {@link liveLines}. */
export interface LiveLinesOptions {
  /** Other streams that end on the same screen (default: the process's stdout and stderr if they are terminals). */
  readonly others?: readonly TextStream[]
  /** Frames per second at most (default 5). */
  readonly framesPerSecond?: number
}

/**
 * Whether a stream can show {@link liveLines}: a terminal that moves its cursor (not `TERM=dumb`), watched by a person
 * (not `CI=…`).
 */
export const isInteractive = (
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean =>
  stream.isTTY === true && env['TERM'] !== 'dumb' && ['', '0', 'false'].includes(env['CI'] ?? '')

/** `████████░░░░░░░░`: how much of a whole is done. */
export const progressBar = (done: number, total: number, width = 16): string => {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0
  const full = Math.round(share * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The beginning of a line that fits into so many columns, with an ellipsis if it was cut. */
export const fitLine = (line: string, columns: number): string => {
  const plain = line.replace(/\s+/g, ' ')
  if (stringWidth(plain) <= columns) return plain
  let fits = ''
  let width = 1
  for (const { segment } of graphemes.segment(plain)) {
    width += stringWidth(segment)
    if (width > columns) break
    fits += segment
  }
  return `${fits}…`
}

/**
 * Shows lines below everything else that is written to a terminal.
 *
 * While they are shown, this is the only writer to the terminal: what anything in this process writes to `stream` or to
 * `others` is put above the lines, whole, whatever its length. The terminal's own state is never changed: the cursor
 * stays visible, below the lines, and line wrap stays on. So nothing has to be restored, even after SIGKILL. On
 * `process.exit` and at the end of the process the lines are removed.
 *
 * @example
 * const lines = liveLines(process.stderr)
 * lines.set([`${progressBar(3, 10)} step 3 of 10`])
 * console.log('this line appears above the bar')
 * lines.stop()
 */
export const liveLines = (
  stream: TextStream,
  {
    others = [process.stdout, process.stderr].filter(({ isTTY }) => isTTY),
    framesPerSecond = 5,
  }: LiveLinesOptions = {},
): LiveLines => {
  let wanted: readonly string[] = []
  let drawn: readonly string[] = []
  let frame: NodeJS.Timeout | undefined
  let live = true
  const streams = [...new Set([stream, ...others])]
  const own = streams.map((one) => ({
    one,
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its stream, and put back
    write: one.write,
    hadOwn: Object.hasOwn(one, 'write'),
    /** The end of what was written, while it lacks its line break. */
    rest: '',
  }))
  const raw = (text: string): void => {
    if (text !== '') own[0]!.write.call(stream, text)
  }
  // Some pseudo-terminals say that they have no columns.
  const size = () => ({ columns: stream.columns || 80, rows: stream.rows || 24 })
  /** To the first drawn line, whatever the terminal's width is by now, and clears from there. */
  const erasure = (): string => {
    if (drawn.length === 0) return ''
    const { columns } = size()
    const rows = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)),
      0,
    )
    drawn = []
    return `\r\x1b[${rows}A\x1b[J`
  }
  const drawing = (): string => {
    const { columns, rows } = size()
    const most = Math.max(1, rows - 2)
    const shown =
      wanted.length <= most
        ? wanted
        : [...wanted.slice(0, most - 1), `… and ${wanted.length - most + 1} more`]
    // One column stays free: some terminals wrap as soon as the last one is written.
    drawn = shown.map((line) => fitLine(line, Math.max(1, columns - 1)))
    return drawn.map((line) => `${line}\n`).join('')
  }
  const draw = (): void => {
    clearTimeout(frame)
    frame = undefined
    if (live) raw(erasure() + drawing())
  }
  const schedule = (): void => {
    if (!live || frame) return
    frame = setTimeout(draw, 1000 / framesPerSecond)
    frame.unref()
  }
  for (const entry of own) {
    const { one, write } = entry
    const above = (chunk: unknown, ...more: readonly unknown[]): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString()
      const whole = entry.rest + text
      const end = whole.lastIndexOf('\n') + 1
      entry.rest = whole.slice(end)
      const done = more.find((value) => typeof value === 'function') as (() => void) | undefined
      if (end > 0) {
        raw(erasure())
        write.call(one, whole.slice(0, end))
        raw(drawing())
      }
      done?.()
      return true
    }
    one.write = above
  }
  const stop = ({ keep = false }: { readonly keep?: boolean } = {}): void => {
    if (!live) return
    clearTimeout(frame)
    frame = undefined
    raw(keep ? erasure() + drawing() : erasure())
    live = false
    for (const event of endings) process.off(event, onEnd)
    for (const { one, write, hadOwn, rest } of own) {
      if (hadOwn) one.write = write
      else delete (one as { write?: unknown }).write
      if (rest !== '') one.write(`${rest}\n`)
    }
  }
  const onEnd = () => stop()
  // Before Node prints an uncaught error: that is written past these streams.
  const endings = ['exit', 'uncaughtExceptionMonitor']
  for (const event of endings) process.once(event, onEnd)
  return {
    set: (lines) => {
      wanted = lines
      schedule()
    },
    draw,
    stop,
  }
}
