import type { TextStream } from '@retable/core/node'
import type { RunEvent } from '../run/schedule.js'

/** Shows a run while it is at work. */
export interface Display {
  note(event: RunEvent): void
  /** Ends the display; nothing is drawn afterwards. */
  stop(): void
}

/** Where lines go. */
export type Output = TextStream
