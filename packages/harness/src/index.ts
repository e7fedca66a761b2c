export { defineReproduction } from './define-reproduction.js'
export type { Override } from './override.js'
export { tierNames } from './reproduction.js'
export type {
  Cell,
  Cited,
  Deviation,
  Figure,
  Metric,
  PlanRequest,
  Reproduction,
  Source,
  Tier,
  TierName,
} from './reproduction.js'
export type {
  AllTest,
  BetterTest,
  Claim,
  ClaimTest,
  EqualTest,
  ImprovingTest,
  NotBetterTest,
  RatioTest,
  TrendTest,
} from './claim.js'
export { defineUnit } from './unit/unit.js'
export type { Unit, UnitDefinition, UnitFactory, UnitRequest } from './unit/unit.js'
export type {
  BackendInfo,
  Curve,
  CurvePoint,
  NeededResult,
  OpenedData,
  Progress,
  UnitContext,
  UnitOutput,
} from './unit/context.js'
export type { Environment, StoredArtifact, StoredResult, UsedData } from './result.js'
export type { Json, JsonObject } from './json.js'
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
  Exhibits,
  ReportConfusion,
  ReportCurves,
  ReportKernels,
  UnitBehind,
} from './report/exhibits.js'
export { renderers } from './report/renderer.js'
export type { LinkedPlot, RenderOptions, Renderer } from './report/renderer.js'
export { csv, renderCsv } from './report/csv.js'
export { html } from './report/html/html.js'
export { json } from './report/json.js'
export { latex, renderLatex } from './report/latex.js'
export { markdown, renderMarkdown } from './report/markdown.js'
export { stateDetails, stateOf } from './report/state.js'
export type { ReportState, StateWord } from './report/state.js'
export { renderTerminal } from './report/terminal.js'
export { tableGrid } from './report/grid.js'
export type { Grid } from './report/grid.js'
export { replaceSection } from './report/section.js'
export { claimRule, judgeClaim } from './verdict/claim-verdict.js'
export type {
  ClaimInput,
  ClaimVerdict,
  EffectThreshold,
  SeedValues,
  Verdict,
} from './verdict/judge-sample.js'
export { cellRule, compareCell, compareCount, countRule } from './verdict/cell-verdict.js'
export type { CellComparison, CellVerdict } from './verdict/cell-verdict.js'
export { leastSquaresSlope } from './statistics/slope.js'
export { pairedTest } from './statistics/paired-t.js'
export type { PairedTest } from './statistics/paired-t.js'
export { studentCdf, studentQuantile } from './statistics/student-t.js'
export { summarize } from './statistics/summary.js'
export type { SampleSummary } from './statistics/summary.js'
