import { ownValue } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { Claim } from '../declare/claim.js'
import type { Cell, Reproduction } from '../declare/reproduction.js'
import { comparesWithPaper, type Tier } from '../declare/tier.js'
import type { StoredResult } from '../unit/result.js'
import { summarize } from '../judge/statistics/summary.js'
import {
  cellRule,
  compareCell,
  compareCount,
  countRule,
  noComparison,
} from '../judge/cell-verdict.js'
import { claimReferenceRule, withReferences } from '../judge/claim-references.js'
import { cellsOf, claimRule, judgeClaim, lookRule } from '../judge/claim-verdict.js'
import type { SeedValues } from '../judge/verdict.js'
import { cellName } from './text/cell-name.js'
import { sentence } from './text/format-number.js'
import { figuresOf, type UnitBehind } from './figures.js'
import { provenanceOf } from './provenance.js'
import { buildReference, judgeByReference } from './references.js'
import type { Study } from '../plan/study.js'
import type {
  CellState,
  Provenance,
  Report,
  ReportCell,
  ReportNumbers,
  ReportSetting,
} from './report.js'
import { referenceRule } from '../judge/reference-verdict.js'
import type { ReferenceResults } from '../unit/reference.js'

/** What a cell's numbers are read from: a stored result, or a count. */
export type ReportSource = Pick<StoredResult, 'metrics' | 'curve' | 'extra' | 'carriedOver'>

/** What {@link buildReport} works on. */
export interface ReportInput {
  /** The reproduction that the results are of. */
  readonly reproduction: Reproduction
  /** Undefined for counts. */
  readonly tier: Tier | undefined
  /** The tier's settings with what was chosen in their place. */
  readonly settings: JsonObject
  /** Settings that are not the tier's own. */
  readonly overridden: readonly Omit<ReportSetting, 'zeroIsAll'>[]
  /** The seeds to look at. */
  readonly seeds: readonly number[]
  /** Results by cell id and seed; a cell that the tier leaves out is absent, one not run has an empty map. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<number, ReportSource>>
  /** The units behind the cells' numbers, for curves, confusion matrices and kernels. */
  readonly behind: readonly UnitBehind[]
  /** Every stored result behind the cells, needed ones included, each once. */
  readonly results: readonly StoredResult[]
  /** Other implementations' results for this table, tier and these settings. */
  readonly references?: readonly ReferenceResults[]
  /** How the seeds came to be those that they are (default: planned as they are). */
  readonly study?: Study
  /** Version of @retable/harness. */
  readonly harness: string
  /** The command that makes what the report shows. */
  readonly command: string
}

/**
 * Puts results into the paper's table and decides the claims. Reads nothing but its input.
 *
 * If ours and the paper's numbers do not compare (`comparesWithPaper`), the paper's are printed for reference,
 * without a difference.
 */
export const buildReport = (input: ReportInput): Report => {
  const { reproduction, tier, settings, seeds } = input
  const { alpha = 0.05, metrics } = reproduction
  const exact = reproduction.tiers === undefined
  const compares = comparesWithPaper(tier, input.overridden.length)
  const cells = reproduction.cells.map((cell) => buildCell(cell, input, compares))
  const byId = new Map(cells.map((cell) => [cell.id, cell]))
  const values = (id: string, metric: string): SeedValues =>
    new Map(
      byId
        .get(id)
        ?.numbers.find((numbers) => numbers.metric === metric)
        ?.values.map(({ seed, value }) => [seed, value]),
    )
  const metric = (id: string) => metrics.find((one) => one.id === id)!
  const nameOf = (id: string): string =>
    cellName(
      reproduction.cells.find((cell) => cell.id === id)!,
      reproduction.rowHeads ?? [''],
    )
  const seedsOf = (id: string) => byId.get(id)?.seeds ?? []
  const divergedOf = (id: string) => byId.get(id)?.diverged.map(({ seed }) => seed) ?? []
  const common = {
    metric,
    cellName: nameOf,
    mainMetric: metrics[0]!.id,
    paper: (id: string, metric: string) =>
      ownValue<number | undefined>(
        reproduction.cells.find((cell) => cell.id === id)?.paper,
        metric,
      ),
    alpha,
    exact,
  }
  const judged = {
    ...common,
    values,
    seeds: seedsOf,
    diverged: divergedOf,
  }
  const { sequential, grownElsewhere } = input.study ?? {}
  const looksFor = (claim: Claim) =>
    sequential && (!grownElsewhere || cellsOf(claim).some((cell) => grownElsewhere.has(cell)))
      ? { sequential }
      : {}
  const references = (input.references ?? []).map((reference) =>
    buildReference(reference, metrics, values, alpha),
  )
  const claims = reproduction.claims.map((claim) => {
    const others = (input.references ?? []).flatMap((one) => judgeByReference(claim, one, common))
    const ours = judgeClaim(claim, { ...judged, ...looksFor(claim) })
    return {
      id: claim.id,
      text: claim.text,
      cite: claim.cite,
      ...withReferences(ours, others),
      ours: ours.verdict,
      references: others,
    }
  })
  return {
    format: 'retable-report',
    formatVersion: 1,
    id: reproduction.id,
    version: reproduction.version,
    title: reproduction.title,
    source: reproduction.source,
    protocol: reproduction.protocol,
    metrics,
    rowHeads: reproduction.rowHeads ?? [''],
    figure: reproduction.figure ?? null,
    tier: tier?.name ?? null,
    tierDescription: tier?.describe ?? 'counted; the same in every tier',
    comparesWithPaper: compares,
    settings,
    overridden: input.overridden.map((setting) => ({
      ...setting,
      zeroIsAll: reproduction.overrides?.[setting.name]?.takes === 'limit',
    })),
    seeds: exact ? [] : seeds,
    alpha,
    cells,
    references,
    claims,
    ...figuresOf(input.behind),
    deviations: reproduction.deviations.flatMap(({ what, why, effect, ...deviation }) =>
      deviation.when === undefined || (tier && deviation.when({ tier, settings }))
        ? [{ what, why, effect }]
        : [],
    ),
    provenance: withWarnings(
      provenanceOf(input.results, cells, input.harness),
      input.study?.warnings ?? [],
    ),
    rules: rules(input, alpha),
    command: input.command,
  }
}

const withWarnings = (provenance: Provenance, more: readonly string[]): Provenance => ({
  ...provenance,
  warnings: [...provenance.warnings, ...more],
})

const buildCell = (cell: Cell, input: ReportInput, compares: boolean): ReportCell => {
  const { reproduction, settings, seeds } = input
  const made = input.cells.get(cell.id)
  const sources = [...(made ?? [])].sort(([a], [b]) => a - b)
  const read = sources.map(([seed, result]) => ({
    seed,
    numbers: reproduction.read?.({ cell, settings, result }) ?? result.metrics,
  }))
  const exact = reproduction.tiers === undefined
  const numbers = reproduction.metrics.map((metric): ReportNumbers => {
    const values = read.flatMap(({ seed, numbers }) => {
      const value = ownValue<number | undefined>(numbers, metric.id)
      return value === undefined ? [] : [{ seed, value }]
    })
    const plain = values.map(({ value }) => value)
    const summary = plain.length > 0 ? summarize(plain) : { n: 0, mean: null, sd: null }
    const paper = ownValue<number | undefined>(cell.paper, metric.id) ?? null
    const comparison =
      paper === null || made === undefined || !compares
        ? null
        : plain.length === 0
          ? noComparison(made.size > 0)
          : exact
            ? compareCount(plain[0]!, paper, metric)
            : compareCell(plain, paper, metric)
    return { metric: metric.id, paper, values, ...summary, comparison }
  })
  const state: CellState =
    cell.config === null
      ? 'quoted'
      : made === undefined
        ? 'left out'
        : made.size === 0
          ? 'not run'
          : made.size < seeds.length
            ? 'partly made'
            : 'made'
  return {
    id: cell.id,
    row: typeof cell.row === 'string' ? [cell.row] : cell.row,
    column: cell.column ?? null,
    cite: cell.cite ?? null,
    state,
    seeds: sources.map(([seed]) => seed),
    numbers,
    carriedOver: input.behind.flatMap(({ cell: id, seed, label, unitSeed, result }) =>
      id === cell.id && result.carriedOver
        ? [{ seed, label, unitSeed, differs: result.carriedOver }]
        : [],
    ),
    diverged: input.behind.flatMap(({ cell: id, seed, label, unitSeed, result }) => {
      const why = ownValue(result.extra, 'diverged')
      return id === cell.id && typeof why === 'string' ? [{ seed, label, unitSeed, why }] : []
    }),
  }
}

/** `The margin for top-1 error is ±2 percentage points: …` */
const marginTexts = (metrics: Reproduction['metrics']): readonly string[] =>
  metrics.flatMap(({ name, unit, equivalence }) => {
    if (equivalence === undefined) return []
    const { within, why } = equivalence
    const width = `±${within} ${unit === '%' ? 'percentage points' : unit}`.trim()
    return [sentence(`The margin for ${name} is ${width}: ${why}`)]
  })

const rules = (input: ReportInput, alpha: number): readonly string[] => {
  const { tier, overridden, reproduction, study } = input
  if (tier === undefined) return [countRule]
  return [
    !tier.paper
      ? `The ${tier.name} tier is not the paper’s data and scale: the paper’s numbers are printed for reference, and ` +
        'no differences to them are computed.'
      : overridden.length > 0
        ? 'Settings were changed from the paper’s protocol: no differences to the paper’s numbers are computed.'
        : cellRule,
    ...(reproduction.claims.length > 0 ? [claimRule(alpha)] : []),
    ...(study?.sequential && reproduction.claims.length > 0
      ? [lookRule(study.sequential, alpha)]
      : []),
    ...((input.references ?? []).length > 0
      ? [
          referenceRule(alpha),
          ...marginTexts(reproduction.metrics),
          ...(reproduction.claims.length > 0 ? [claimReferenceRule] : []),
        ]
      : []),
  ]
}
