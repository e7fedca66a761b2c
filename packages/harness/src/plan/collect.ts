import { buildReport, type ReportSource } from '../report/build-report.js'
import type { UnitBehind } from '../report/figures.js'
import type { Report } from '../report/report.js'
import type { Reproduction } from '../declare/reproduction.js'
import type { ReferenceResults } from '../unit/reference.js'
import type { StoredResult } from '../unit/result.js'
import type { Unit } from '../unit/unit.js'
import { parseResultFileName } from '../unit/result-file.js'
import { unitKey } from '../unit/unit-key.js'
import { withNeeds } from '../unit/with-needs.js'
import { harnessVersion } from '../version.js'
import { exactResult } from './exact.js'
import { planReproduction, type Choice, type Plan } from './plan.js'
import { referencesFor } from './references.js'
import { studyOf, type ResultBehind, type Study } from './study.js'

/** What holds the results that a report is made of: a results folder, or what a page has in its memory. */
export interface ResultSource {
  /** Look-ups by key in what is there now. */
  snapshot(): { find(key: string): { readonly result: StoredResult } | undefined }
  /** Names of all results, as files have them. */
  fileNames(): readonly string[]
  /** Other implementations' results, if it keeps any. */
  references?(): readonly ReferenceResults[]
}

/**
 * Collects the results of a plan into its report, from what is there now; counts are computed.
 * `command` is the line that makes it, or what writes that line by how the study grew.
 *
 * @throws RetableError `corrupt-data` naming a result file that was cut short or touched.
 */
export const collectReport = async (
  plan: Plan,
  source: ResultSource,
  command: string | ((study: Study) => string),
): Promise<Report> => {
  const { reproduction, tier, settings, overridden, seeds } = plan
  const { sources, results, behind, stored } = await readCells(plan, source)
  const study = studyOf(plan, stored)
  const { references, warnings } = referencesFor(plan, source.references?.() ?? [])
  return buildReport({
    reproduction,
    tier,
    settings,
    overridden,
    seeds,
    cells: sources,
    behind,
    results,
    study: { ...study, warnings: [...study.warnings, ...warnings] },
    references,
    harness: harnessVersion,
    command: typeof command === 'string' ? command : command(study),
  })
}

interface ReadCells {
  /** By cell and seed: a stored result, or a count. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<number, ReportSource>>
  /** Every stored result, each once. */
  readonly results: readonly StoredResult[]
  /** What the cells were made from counts towards data, backends and hours too, and has the learning curves. */
  readonly behind: readonly UnitBehind[]
  /** The same without counts. */
  readonly stored: readonly ResultBehind[]
}

const readCells = async ({ cells }: Plan, source: ResultSource): Promise<ReadCells> => {
  const found = source.snapshot()
  const results = new Map<string, StoredResult>()
  const resultOf = (unit: Unit): StoredResult | undefined => {
    const key = unitKey(unit)
    const result = results.get(key) ?? found.find(key)?.result
    if (result) results.set(key, result)
    return result
  }
  const sources = new Map<string, Map<number, ReportSource>>()
  for (const { cell, units } of cells) {
    const bySeed = new Map<number, ReportSource>()
    for (const [seed, unit] of units) {
      const found = unit.definition.exact ? await exactResult(unit) : resultOf(unit)
      if (found) bySeed.set(seed, found)
    }
    sources.set(cell.id, bySeed)
  }
  const behind: UnitBehind[] = []
  const stored: ResultBehind[] = []
  const netOf = netNames()
  for (const { cell, units } of cells) {
    for (const [seed, unit] of units) {
      const own = sources.get(cell.id)!.get(seed)
      if (!own) continue
      for (const { unit: made, distance } of nearestFirst(unit)) {
        const kept = made.definition.exact ? undefined : resultOf(made)
        const result = made === unit ? own : kept
        const { label, seed: unitSeed } = made
        if (kept) stored.push({ cell: cell.id, result: kept })
        if (result) {
          behind.push({ cell: cell.id, seed, distance, net: netOf(made), label, unitSeed, result })
        }
      }
    }
  }
  return { sources, results: [...results.values()], behind, stored }
}

/** The stored results behind a plan's cells. */
export const behindCells = async (
  plan: Plan,
  source: ResultSource,
): Promise<readonly ResultBehind[]> => (await readCells(plan, source)).stored

/** The results that are there of units and of everything that they need, each once; exact units have none. */
export const resultsBehind = (
  units: readonly Unit[],
  source: Pick<ResultSource, 'snapshot'>,
): readonly StoredResult[] => {
  const kept = source.snapshot()
  return withNeeds(units).flatMap((unit) =>
    unit.definition.exact ? [] : (kept.find(unitKey(unit))?.result ?? []),
  )
}

/** A unit and all that it needs, each once, by how far they are from it. */
const nearestFirst = (
  unit: Unit,
): readonly { readonly unit: Unit; readonly distance: number }[] => {
  const found = [{ unit, distance: 0 }]
  const seen = new Set([unitKey(unit)])
  for (const { unit: from, distance } of found) {
    for (const need of Object.values(from.needs)) {
      if (seen.has(unitKey(need))) continue
      seen.add(unitKey(need))
      found.push({ unit: need, distance: distance + 1 })
    }
  }
  return found
}

/** Names units so that those which differ in nothing but seeds have one name. */
const netNames = (): ((unit: Unit) => string) => {
  const known = new WeakMap<Unit, string>()
  const names = new Map<string, string>()
  const nameOf = (unit: Unit): string => {
    const name = known.get(unit)
    if (name !== undefined) return name
    const { kind, version } = unit.definition
    const needs = Object.entries(unit.needs).map(([as, need]) => [as, nameOf(need)])
    const text = JSON.stringify([kind, version, unit.config, needs])
    const given = names.get(text) ?? String(names.size)
    names.set(text, given)
    known.set(unit, given)
    return given
  }
  return nameOf
}

/**
 * The plan of a report: without a choice of seeds, the tier's own and every other for which `source` holds a
 * result of one of the cells, so that no run is left out of a mean because its number was unlucky.
 */
export const planReport = (
  reproduction: Reproduction,
  choice: Choice,
  source: ResultSource,
): Plan => {
  const plan = planReproduction(reproduction, choice)
  if (choice.seeds !== undefined || plan.tier === undefined) return plan
  const names = source.fileNames().map((name) => parseResultFileName(name)!)
  const seeds = [...new Set(names.flatMap(({ seed }) => seed ?? []))]
  const others = seeds.filter((seed) => !plan.seeds.includes(seed))
  if (others.length === 0) return plan
  const stored = new Set(names.map(({ key }) => key))
  const withResult = others.filter((seed) =>
    planReproduction(reproduction, { ...choice, seeds: [seed] }).cells.some(({ units }) =>
      [...units.values()].some((unit) => stored.has(unitKey(unit).slice(0, 16))),
    ),
  )
  return planReproduction(reproduction, {
    ...choice,
    seeds: [...plan.seeds, ...withResult].sort((a, b) => a - b),
  })
}
