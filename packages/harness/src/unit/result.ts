import type { JsonObject } from '@retable/core/host'
import type { PlanSettings } from './settings.js'
import type { BackendInfo, Curve } from './context.js'

/** A file kept beside a result. */
export interface StoredArtifact {
  /** Name in the store's `artifacts` folder. */
  readonly file: string
  /** SHA-256 of the file's content, in hexadecimal. */
  readonly sha256: string
  /** Size of the file in bytes. */
  readonly bytes: number
}

/** The data a result was made from. */
export interface UsedData {
  /** What the unit asked the command's `openData` for. */
  readonly request: JsonObject
  /** SHA-256 of the content, or of (generator, options). */
  readonly fingerprint: string
  /** What is said of every result made from it: `pixels decoded from JPEG`. */
  readonly note?: string
}

/** Where a result was made. */
export interface Environment {
  /** Node's version, `v20.20.2`; of a page, its browser: `Chromium 156.0.8078.108`. */
  readonly node: string
  /** Operating system and architecture: `linux-x64`; of a page, what its browser says. */
  readonly platform: string
  /** Model of the processor, as the system names it. */
  readonly cpu: string
  /** Logical cores of the machine. */
  readonly cores: number
  /** Memory of the machine in GiB; 0 if a browser does not say. */
  readonly memoryGiB: number
  /** Versions of the packages that computed, by name. */
  readonly packages: Readonly<Record<string, string>>
}

/** The body of one result file: what was run, where, and what came out. */
export interface StoredResult {
  /** Tells a result's file from others. */
  readonly format: 'retable-result'
  /** Version of the file's layout. */
  readonly formatVersion: 1
  /** SHA-256 of (kind, version, config, seed, needs' keys). */
  readonly key: string
  /** Kind of the unit: the name of its definition. */
  readonly kind: string
  /** Version of the unit's definition. */
  readonly version: number
  /** Everything that decides the result besides the seed and the needs. */
  readonly config: JsonObject
  /** Null for work that draws nothing. */
  readonly seed: number | null
  /** Keys of the needed units by name. */
  readonly needs: Readonly<Record<string, string>>
  /** What people call the unit: `D, S=256`. */
  readonly label: string
  /** Cost of the unit as it was planned, in the unit that its definition chose; compares units of one kind. */
  readonly cost: number
  /** The final numbers, by metric name. All finite. */
  readonly metrics: Readonly<Record<string, number>>
  /** The learning curve; empty if there is none. */
  readonly curve: Curve
  /** What else was kept, in plain JSON: a confusion matrix, kernels for a figure. */
  readonly extra: JsonObject
  /** Files kept beside the result, by the name that dependants read them under. */
  readonly artifacts: Readonly<Record<string, StoredArtifact>>
  /** The data sets that it was made from; empty if it read none. */
  readonly data: readonly UsedData[]
  /** The backend that computed it; null for an exact unit. */
  readonly backend: BackendInfo | null
  /** The machine and the versions that made it. */
  readonly environment: Environment
  /** Wall-clock of this unit only; `attempts` counts the processes it took: one plus the interruptions. */
  readonly timing: {
    readonly startedAt: string
    readonly finishedAt: string
    readonly seconds: number
    /** Of these, how long data sets took to open in the last attempt. */
    readonly openingSeconds?: number
    readonly attempts: number
  }
  /**
   * What was not the same in all attempts of an interrupted run: let pass with `--force`, or another processor or number
   * of threads. Absent if all was the same.
   */
  readonly carriedOver?: readonly string[]
  /** What was chosen when its unit was planned. */
  readonly settings: PlanSettings
  /** The command line that made it. */
  readonly command: readonly string[]
}
