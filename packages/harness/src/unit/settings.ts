/** What was chosen when a unit was planned; stored in its result. */
export type PlanSettings = {
  /** The reproduction that asked for the unit; the first one, if several share it. */
  readonly reproduction: string
  /** Null for a reproduction of counts, which has no tiers. */
  readonly tier: string | null
  /** Settings of the tier that were changed on the command line, by name. */
  readonly overrides: Readonly<Record<string, number>>
  /** The seeds of the run. */
  readonly seeds: readonly number[]
  /** The looks of a study that may grow (`--until-decided`), stated before the first of them. */
  readonly sequential?: { readonly looks: readonly number[]; readonly level: number }
}

/**
 * All that a process needs besides the unit to run it, as plain JSON: what travels to a child process, a page or
 * another machine is `{ unit, settings }`.
 */
export type RunSettings = {
  /** What was asked for: reproduction, tier and seeds. */
  readonly plan: PlanSettings
  /** The results folder. */
  readonly results: string
  /** A name of the command's `backends`. */
  readonly backend: string
  /** The folder of data sets; undefined: RETABLE_DATA of the process that runs the unit, else `data`. */
  readonly data?: string
  /** Threads for the backend; undefined: its own choice. */
  readonly threads?: number
  /** Threads that make batches, besides the backend's. */
  readonly workers: number
  /** Minutes between checkpoints. */
  readonly checkpointMinutes: number
  /** What progress is written to besides JSON lines. */
  readonly logs: readonly string[]
  /** Resume from a checkpoint although backend, packages or data differ. */
  readonly force: boolean
  /** Delete checkpoints and start again. */
  readonly restart: boolean
  /** The command line, to be stored with the result. */
  readonly command: readonly string[]
}
