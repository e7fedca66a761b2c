import type { JsonObject } from '@retable/core/host'
import type { Cited, Deviation, Figure, Metric, Source } from '../declare/reproduction.js'
import type { Environment } from '../unit/result.js'
import type { CellComparison } from '../judge/cell-verdict.js'
import type { ReferenceComparison } from '../judge/reference-verdict.js'
import type { ReferenceResults } from '../unit/reference.js'
import type { ClaimReference } from '../judge/claim-references.js'
import type { ClaimVerdict, Verdict } from '../judge/verdict.js'
import type { ReportFigures } from './figures.js'

/** One metric of one cell over the seeds that were run. */
export interface ReportNumbers {
  /** Id of the metric. */
  readonly metric: string
  /** The paper's number, in the metric's unit; null if it states none. */
  readonly paper: number | null
  /** By seed, ascending. */
  readonly values: readonly { readonly seed: number; readonly value: number }[]
  /** How many seeds have the number. */
  readonly n: number
  /** Mean over the seeds, in the metric's unit; null without a number. */
  readonly mean: number | null
  /** Standard deviation with n − 1 in the denominator; null for fewer than two numbers. */
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
  /** Id of the cell. */
  readonly id: string
  /** Labels of its row, one per row head. */
  readonly row: readonly string[]
  /** Label of its column; null if the table has one column per metric only. */
  readonly column: string | null
  /** Whose numbers, if they are quoted; null if not. */
  readonly cite: string | null
  /** Whether its numbers are there. */
  readonly state: CellState
  /** Seeds whose results are there, ascending; 0 for a count. One without a number of some metric has none. */
  readonly seeds: readonly number[]
  /** One entry per metric, in the order of the report's metrics. */
  readonly numbers: readonly ReportNumbers[]
  /** Of the results that its numbers rest on; empty if each was made alike from start to end. */
  readonly carriedOver: readonly CarriedOver[]
  /** Of the runs that its numbers rest on; empty if none diverged. */
  readonly diverged: readonly Diverged[]
}

/** A claim with its verdict. */
export interface ReportClaim extends ClaimVerdict {
  /** Id of the claim. */
  readonly id: string
  /** The claim in words. */
  readonly text: string
  /** Where the paper makes it: `§4.1`. */
  readonly cite: string
  /** What our runs come to before those of other implementations are looked at; `verdict` is after. */
  readonly ours: Verdict
  /** What other implementations' runs say of it; only those that have all of its cells. */
  readonly references: readonly ClaimReference[]
}

/** A setting that is not the tier's own. */
export interface ReportSetting {
  /** Name of the setting. */
  readonly name: string
  /** The value that was chosen. */
  readonly value: number
  /** The tier's own; null if it has none. */
  readonly from: number | null
  /** Whether 0 means all. */
  readonly zeroIsAll: boolean
}

/** What the numbers were made with. */
export interface Provenance {
  /** Names of the backends that computed, each once. */
  readonly backends: readonly string[]
  /** The machines, each once. */
  readonly environments: readonly Environment[]
  /** The data sets, each once. */
  readonly data: readonly {
    readonly request: JsonObject
    readonly fingerprint: string
    readonly note: string | null
  }[]
  /** Version of @retable/harness, which decided the verdicts. */
  readonly harness: string
  /** Wall-clock seconds of all units in the table, needed ones included. */
  readonly seconds: number
  /** How many stored results the table rests on, needed ones included. */
  readonly results: number
  /** First and last finish, ISO. */
  readonly made: readonly [string, string] | null
  /** Sentences about what a reader must know: mixed backends, mixed data, notes of data sets. */
  readonly warnings: readonly string[]
}

/** Everything that a renderer prints: the table, claims, curves, deviations and provenance, as plain JSON. */
export interface Report extends ReportFigures {
  /** Tells a report from other JSON. */
  readonly format: 'retable-report'
  /** Version of this layout. */
  readonly formatVersion: 1
  /** Id of the reproduction. */
  readonly id: string
  /** Version of the reproduction. */
  readonly version: number
  /** Title of the table. */
  readonly title: string
  /** The paper, and the place in it. */
  readonly source: Source
  /** How the paper trains and tests, with the places that say so. */
  readonly protocol: Readonly<Record<string, Cited>>
  /** What is measured in each cell. */
  readonly metrics: readonly Metric[]
  /** Heads of the columns that label rows. */
  readonly rowHeads: readonly string[]
  /** What the paper's figure draws; null for a table. */
  readonly figure: Figure | null
  /** Null for counts. */
  readonly tier: string | null
  /** What the tier is, in a phrase; empty for counts. */
  readonly tierDescription: string
  /** Whether ours and the paper's numbers are compared cell by cell. */
  readonly comparesWithPaper: boolean
  /** The settings that the table was made with. */
  readonly settings: JsonObject
  /** Settings that are not the tier's own. */
  readonly overridden: readonly ReportSetting[]
  /** The seeds that the report looks at. */
  readonly seeds: readonly number[]
  /** Level of each one-sided test. */
  readonly alpha: number
  /** The cells, in the table's order. */
  readonly cells: readonly ReportCell[]
  /** Other implementations' results, if any were imported. */
  readonly references: readonly ReportReference[]
  /** The paper's claims with their verdicts. */
  readonly claims: readonly ReportClaim[]
  /** What differs from the paper here. */
  readonly deviations: readonly Omit<Deviation, 'when'>[]
  /** What the numbers were made with. */
  readonly provenance: Provenance
  /** The rules behind the verdicts, in sentences. */
  readonly rules: readonly string[]
  /** The command that makes what this report shows. */
  readonly command: string
}
