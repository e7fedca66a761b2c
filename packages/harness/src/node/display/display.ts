import type { RunEvent } from '../run/schedule.js'

/** Shows a run while it goes on. */
export interface Display {
  note(event: RunEvent): void
  /** Ends the display; nothing is drawn afterwards. */
  stop(): void
}

/** Where lines go. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}
