import type { Progress } from './context.js'

/** Hears how the run of a unit goes. */
export interface UnitListener {
  /** The unit's lock is taken and work begins. */
  started(): void
  /** How far the unit is. */
  progress(progress: Progress): void
  /** A line for people. */
  log(line: string): void
}
