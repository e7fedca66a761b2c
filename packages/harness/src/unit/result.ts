import type { JsonObject } from '@retable/core/host'
import type { PlanSettings } from './settings.js'
import type { BackendInfo, Curve } from './context.js'

/** A file kept beside a result. */
export interface StoredArtifact {
  /** Name in the store's `artifacts` folder. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
}

/** The data a result was made from. */
export interface UsedData {
  readonly request: JsonObject
  readonly fingerprint: string
  readonly note?: string
}

/** Where a result was made. */
export interface Environment {
  /** Node's version, `v20.20.2`; of a page, its browser: `Chromium 156.0.8078.108`. */
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** Versions of the packages that computed, by name. */
  readonly packages: Readonly<Record<string, string>>
}

/** The body of one result file: what was run, where, and what came out. */
export interface StoredResult {
  readonly format: 'retable-result'
  readonly formatVersion: 1
  /** SHA-256 of (kind, version, config, seed, needs' keys). */
  readonly key: string
  readonly kind: string
  readonly version: number
  readonly config: JsonObject
  readonly seed: number | null
  /** Keys of the needed units by name. */
  readonly needs: Readonly<Record<string, string>>
  readonly label: string
  readonly cost: number
  readonly metrics: Readonly<Record<string, number>>
  readonly curve: Curve
  readonly extra: JsonObject
  readonly artifacts: Readonly<Record<string, StoredArtifact>>
  readonly data: readonly UsedData[]
  readonly backend: BackendInfo | null
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
