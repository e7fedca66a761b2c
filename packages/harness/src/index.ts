export { defineReproduction } from './define-reproduction.js'
export { tierNames } from './reproduction.js'
export type {
  Cell,
  Cited,
  Deviation,
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
