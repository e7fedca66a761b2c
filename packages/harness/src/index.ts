export { defineReproduction } from './declare/define-reproduction.js'
export type { Override } from './declare/override.js'
export { kebab, overrideWords } from './declare/option-name.js'
export type {
  Cell,
  Cited,
  Deviation,
  Figure,
  Metric,
  PlanRequest,
  Reproduction,
  Source,
} from './declare/reproduction.js'
export type { Tier } from './declare/tier.js'
export type {
  AllTest,
  BetterTest,
  Claim,
  ClaimTest,
  EqualTest,
  EquivalenceMargin,
  ImprovingTest,
  NotBetterTest,
  RatioTest,
  TrendTest,
} from './declare/claim.js'
export { defineUnit } from './unit/unit.js'
export type { Unit, UnitDefinition, UnitFactory, UnitRequest, UnitEstimate } from './unit/unit.js'
export type {
  BackendInfo,
  Curve,
  NeededResult,
  OpenedData,
  Progress,
  UnitContext,
  UnitOutput,
} from './unit/context.js'
export { unitKey } from './unit/unit-key.js'
export { withNeeds } from './unit/with-needs.js'
export { decodeResult, encodeResult, parseResultFileName } from './unit/result-file.js'
export type { ResultName } from './unit/result-file.js'
export { encodeArchive } from './unit/result-archive.js'
export type { Environment, StoredArtifact, StoredResult, UsedData } from './unit/result.js'
export { packUnit, unitDefinitions, unpackUnit } from './unit/pack.js'
export type { PackedUnit, UnitDefinitions } from './unit/pack.js'
export type { PlanSettings, RunSettings } from './unit/settings.js'
export type { CurvePoint, Json, JsonObject } from '@retable/core/host'
export { onlyCells, planReproduction, settingsOf, unitsOf } from './plan/plan.js'
export type { Choice, Overridden, Plan, PlannedCell } from './plan/plan.js'
export { missingUnits } from './plan/missing.js'
export type { KeptResults } from './plan/missing.js'
export { collectReport, planReport, resultsBehind } from './plan/collect.js'
export type { ResultSource } from './plan/collect.js'
export { exactResult } from './plan/exact.js'
export type { ExactResult } from './plan/exact.js'
export { buildReport } from './report/build-report.js'
export type { ReportInput, ReportSource } from './report/build-report.js'
export type {
  CellState,
  Provenance,
  Report,
  ReportCell,
  ReportClaim,
  ReportNumbers,
  ReportSetting,
} from './report/report.js'
export type {
  ReportFigures,
  ReportConfusion,
  ReportCurves,
  ReportKernels,
  UnitBehind,
} from './report/figures.js'
export { renderers } from './report/renderers.js'
export type { LinkedPlot, RenderOptions, Renderer } from './report/renderer.js'
export { csv, renderCsv } from './report/format/csv.js'
export { html } from './report/format/html/html.js'
export { json } from './report/format/json.js'
export { latex, renderLatex } from './report/format/latex.js'
export { markdown, renderMarkdown } from './report/format/markdown.js'
export { renderRoCrate, roCrate } from './report/format/ro-crate.js'
export { stateDetails, stateOf, talliedText } from './report/state.js'
export type { ReportState, StateWord } from './report/state.js'
export { renderTerminal } from './report/format/terminal.js'
export { tableGrid } from './report/grid.js'
export type { Grid } from './report/grid.js'
export { replaceSection } from './report/section.js'
export { claimRule, judgeClaim } from './judge/claim-verdict.js'
export type {
  ClaimInput,
  ClaimVerdict,
  EffectThreshold,
  SeedValues,
  Verdict,
} from './judge/verdict.js'
export { leastSeeds } from './judge/verdict.js'
export { seedCount, verdictText } from './report/text/claim-text.js'
export { cellRule, compareCell, compareCount, countRule } from './judge/cell-verdict.js'
export type { CellComparison, CellVerdict } from './judge/cell-verdict.js'
export { leastSquaresSlope } from './judge/statistics/slope.js'
export { pairedTest } from './judge/statistics/paired-t.js'
export type { PairedTest } from './judge/statistics/paired-t.js'
export { studentCdf, studentQuantile } from './judge/statistics/student-t.js'
export { summarize } from './judge/statistics/summary.js'
export type { SampleSummary } from './judge/statistics/summary.js'
