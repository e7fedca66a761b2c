import type { CurvePoint, JsonObject, Random } from '@retable/core/host'

/** A learning curve, in the order of training. */
export type Curve = readonly CurvePoint[]

/** What a unit's `run` returns. */
export interface UnitOutput {
  /** The final numbers, by metric name. All finite. */
  readonly metrics: Readonly<Record<string, number>>
  /** The learning curve. */
  readonly curve?: Curve
  /**
   * Files made through {@link UnitContext.artifact}, by the name that dependants read them under
   * (`weights`, `posteriors`). The harness hashes them and moves them into the store.
   */
  readonly artifacts?: Readonly<Record<string, string>>
  /** Anything else worth keeping with the result, in plain JSON: a confusion matrix, kernels for a figure. */
  readonly extra?: JsonObject
}

/** The finished result of a needed unit, with its artifacts as paths of files to read. */
export interface NeededResult {
  /** The final numbers, by metric name. */
  readonly metrics: Readonly<Record<string, number>>
  /** The learning curve; empty if there is none. */
  readonly curve: Curve
  /** What else was kept, in plain JSON. */
  readonly extra: JsonObject
  /** The needed unit's own seed; null for work that draws nothing. */
  readonly seed: number | null
  /** Absolute paths by artifact name; checked against their hashes before the unit starts. */
  readonly artifacts: Readonly<Record<string, string>>
}

/** How far a unit is; every field but `step` and `steps` only if it is known. */
export interface Progress {
  /** Steps done, out of `steps`. */
  readonly step: number
  /** Steps in all. */
  readonly steps: number
  /** From 0; may be a fraction. */
  readonly epoch?: number
  /** Of the last step. */
  readonly loss?: number
  /** Of the last step. */
  readonly learningRate?: number
  /** Averaged over the last seconds. */
  readonly imagesPerSecond?: number
  /** A word on what is being done now: `validating`, `writing weights`. */
  readonly phase?: string
}

/** A data set as the command's `openData` opened it; what else it has is between `openData` and the units. */
export interface OpenedData {
  /** SHA-256 of the content, or of (generator, options). Goes into the result. */
  readonly fingerprint: string
  /** Said of every result made from it: `pixels decoded from JPEG`. */
  readonly note?: string
  /** Called when the command ends. */
  close?(): void | Promise<void>
}

/** The backend as the command's `useBackend` reported it. */
export interface BackendInfo {
  /** The name that `--backend` takes. */
  readonly name: string
  /** Why this one, in words. */
  readonly why?: string
  /** The version of the package behind it. */
  readonly version?: string
  /** What else decides its numbers, such as the threads. */
  readonly details?: JsonObject
}

/**
 * What a unit's `run` is given.
 *
 * What `run` owes in return: the same result for the same (config, seed, needs), whatever ran before it in this
 * process; `signal` looked at between steps, a checkpoint written to `workDir` when it fires, and
 * RetableError `interrupted` thrown; on start, a resume from the checkpoint in `workDir` if there is one.
 */
export interface UnitContext<C extends JsonObject = JsonObject> {
  /** What the unit was declared with. */
  readonly config: C
  /** Null for work that draws nothing. */
  readonly seed: number | null
  /**
   * The root stream of the seed (seed 0 for a unit without one). It does not depend on the config: two nets of
   * one seed draw the same batch order, so that a comparison paired by seed has less noise.
   */
  readonly random: Random
  /** Results and files of the units that this one needs, by the names of `needs`. */
  readonly needs: Readonly<Record<string, NeededResult>>
  /** The registered backend; undefined for an exact unit. */
  readonly backend: BackendInfo | undefined
  /** Threads this unit may use; undefined for as many as there are. */
  readonly threads: number | undefined
  /** This unit's own folder for checkpoints. It outlives an interruption and goes when the unit has finished. */
  readonly workDir: string
  /** Aborted when the run is interrupted: write a checkpoint and throw. */
  readonly signal: AbortSignal
  /** Minutes between checkpoints: the command's `--checkpoint-every`. */
  readonly checkpointMinutes: number
  /** Share of the time that checkpoints may take: write cheap ones more often than that. Only a page, which may be closed at once, sets it. */
  readonly checkpointShare?: number
  /**
   * Whether a checkpoint was asked for since the last call: write one after the step, and continue. Only a page asks, when its
   * reader is about to leave it.
   */
  readonly checkpointAsked?: () => boolean
  /** Threads that make batches: the command's `--workers`; must not change what they hold. */
  readonly workers: number
  /**
   * What a checkpoint must not be carried across: config, seed, needs, backend, versions, and the fingerprints of the
   * data opened so far. Write it into checkpoints, and compare.
   */
  readonly identity: () => JsonObject
  /** Whether to resume from a checkpoint of another identity: the command's `--force`. */
  readonly force: boolean
  /**
   * Opens a data set through the command's `openData` (once a process for one request) and notes its
   * fingerprint in the result. `T` is what `openData` returns for such a request.
   */
  readonly data: <T extends OpenedData = OpenedData>(request: JsonObject) => Promise<T>
  /** The path to write an artifact of this file name to; return it in {@link UnitOutput.artifacts}. */
  readonly artifact: (fileName: string) => string
  /** Says how far the unit is. Costs nothing to call every step. */
  readonly progress: (progress: Progress) => void
  /** A point of the learning curve, for the logs, as soon as it is known. The result's curve is what `run` returns. */
  readonly point: (point: CurvePoint) => void
  /** A line for people, shown above the progress display. */
  readonly log: (line: string) => void
}
