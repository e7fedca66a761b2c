import type { JsonObject } from '@retable/core/host'
import type { Cited, Deviation, Figure, Metric, Source } from '../declare/reproduction.js'
import type { Environment } from '../unit/result.js'
import type { CellComparison } from '../judge/cell-verdict.js'
import type { ReferenceComparison } from '../judge/reference-verdict.js'
import type { ReferenceResults } from '../unit/reference.js'
import type { ClaimVerdict } from '../judge/judge-sample.js'
import type { ReportFigures } from './figures.js'

/** One metric of one cell over the seeds that were run. */
export interface ReportNumbers {
  readonly metric: string
  readonly paper: number | null
  /** By seed, ascending. */
  readonly values: readonly { readonly seed: number; readonly value: number }[]
  readonly n: number
  readonly mean: number | null
  readonly sd: number | null
  /** Null if ours and the paper's do not compare ({@link Report.comparesWithPaper}). */
  readonly comparison: CellComparison | null
}

/** `quoted`: another method's numbers; `left out`: not made in this tier. */
export type CellState = 'made' | 'partly made' | 'not run' | 'quoted' | 'left out'

/** A result behind a cell whose attempts were not all alike: made with `--force`, or on several machines. */
export interface CarriedOver {
  /** The seed of the cell's own unit. */
  readonly seed: number
  readonly label: string
  readonly unitSeed: number | null
  /** What differed from one attempt to the next: `backend "wasm", now "onnx"`. */
  readonly differs: readonly string[]
}

/** A run behind a cell that diverged. Its numbers are those of a net that learned nothing, and they count. */
export interface Diverged {
  /** The seed of the cell's own unit. */
  readonly seed: number
  readonly label: string
  readonly unitSeed: number | null
  /** What happened: `the loss is NaN at step 120`. */
  readonly why: string
}

/** Another implementation's numbers of one cell and metric, with ours beside. */
export interface ReferenceNumbers {
  readonly cell: string
  readonly metric: string
  /** By seed, ascending. */
  readonly values: readonly { readonly seed: number; readonly value: number }[]
  readonly n: number
  readonly mean: number
  readonly sd: number | null
  /** Null if ours has no number, or the metric states no margin. */
  readonly comparison: ReferenceComparison | null
}

/** What another implementation gets for this table. */
export interface ReportReference {
  readonly implementation: string
  readonly paired: boolean
  readonly provenance: ReferenceResults['provenance']
  readonly numbers: readonly ReferenceNumbers[]
}

/** One cell of the table. */
export interface ReportCell {
  readonly id: string
  readonly row: readonly string[]
  readonly column: string | null
  readonly cite: string | null
  readonly state: CellState
  /** Seeds whose results are there, ascending; 0 for a count. One without a number of some metric has none. */
  readonly seeds: readonly number[]
  readonly numbers: readonly ReportNumbers[]
  /** Of the results that its numbers rest on; empty if each was made alike from start to end. */
  readonly carriedOver: readonly CarriedOver[]
  /** Of the runs that its numbers rest on; empty if none diverged. */
  readonly diverged: readonly Diverged[]
}

/** A claim with its verdict. */
export interface ReportClaim extends ClaimVerdict {
  readonly id: string
  readonly text: string
  readonly cite: string
}

/** A setting that is not the tier's own. */
export interface ReportSetting {
  readonly name: string
  readonly value: number
  /** The tier's own; null if it has none. */
  readonly from: number | null
  /** Whether 0 means all. */
  readonly zeroIsAll: boolean
}

/** What the numbers were made with. */
export interface Provenance {
  readonly backends: readonly string[]
  readonly environments: readonly Environment[]
  readonly data: readonly {
    readonly request: JsonObject
    readonly fingerprint: string
    readonly note: string | null
  }[]
  /** Version of @retable/harness, which decided the verdicts. */
  readonly harness: string
  /** Wall-clock seconds of all units in the table, needed ones included. */
  readonly seconds: number
  readonly results: number
  /** First and last finish, ISO. */
  readonly made: readonly [string, string] | null
  /** Sentences about what a reader must know: mixed backends, mixed data, notes of data sets. */
  readonly warnings: readonly string[]
}

/** Everything that a renderer prints: the table, claims, curves, deviations and provenance, as plain JSON. */
export interface Report extends ReportFigures {
  readonly format: 'retable-report'
  readonly formatVersion: 1
  readonly id: string
  readonly version: number
  readonly title: string
  readonly source: Source
  readonly protocol: Readonly<Record<string, Cited>>
  readonly metrics: readonly Metric[]
  readonly rowHeads: readonly string[]
  /** What the paper's figure draws; null for a table. */
  readonly figure: Figure | null
  /** Null for counts. */
  readonly tier: string | null
  readonly tierDescription: string
  /** Whether ours and the paper's numbers are compared cell by cell. */
  readonly comparesWithPaper: boolean
  readonly settings: JsonObject
  /** Settings that are not the tier's own. */
  readonly overridden: readonly ReportSetting[]
  readonly seeds: readonly number[]
  readonly alpha: number
  readonly cells: readonly ReportCell[]
  /** Other implementations' results, if any were imported. */
  readonly references: readonly ReportReference[]
  readonly claims: readonly ReportClaim[]
  readonly deviations: readonly Omit<Deviation, 'when'>[]
  readonly provenance: Provenance
  /** The rules behind the verdicts, in sentences. */
  readonly rules: readonly string[]
  /** The command that makes what this report shows. */
  readonly command: string
}
