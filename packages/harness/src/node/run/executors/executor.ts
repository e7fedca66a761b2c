import type { UnitOutcome, UnitTask } from '../task.js'

/** Runs units somewhere: in this process, in processes of their own, in a browser page. One file each in this folder. */
export interface Executor {
  /** `in-process`, `child`. */
  readonly name: string
  /**
   * Runs one unit, or finds its result, or says who is running it: see {@link UnitOutcome}. Several may run at once.
   *
   * @throws what the unit throws; RetableError `interrupted` after `task.signal`; RetableError `unavailable` if what
   * ran it died.
   */
  run(task: UnitTask): Promise<UnitOutcome>
  /** Ends whatever runs, at once; checkpoints stay as they are. */
  kill(): void
  /** Gives back what it holds, once nothing runs. */
  close(): Promise<void>
}
