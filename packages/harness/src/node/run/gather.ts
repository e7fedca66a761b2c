import { buildReport, type ReportSource } from '../../report/build-report.js'
import type { Report } from '../../report/report.js'
import type { Reproduction } from '../../reproduction.js'
import type { StoredResult } from '../../result.js'
import type { Unit } from '../../unit/unit.js'
import { parseResultFileName } from '../store/result-file.js'
import type { Store } from '../store/store.js'
import { unitKey } from '../unit-key.js'
import { exactResult } from './exact.js'
import { planReproduction, type Choice, type Plan } from './plan.js'

/**
 * The report of a plan, from what the store holds now; counts are computed.
 *
 * @throws RetableError `corrupt-data` naming a result file that was cut short or touched.
 */
export const gatherReport = async (
  { reproduction, tier, settings, overridden, seeds, cells }: Plan,
  store: Store,
  command: string,
): Promise<Report> => {
  const { find } = store.snapshot()
  const results = new Map<string, StoredResult>()
  const resultOf = (unit: Unit): StoredResult | undefined => {
    const key = unitKey(unit)
    const result = results.get(key) ?? find(key)?.result
    if (result) results.set(key, result)
    return result
  }
  const sources = new Map<string, Map<number, ReportSource>>()
  for (const { cell, units } of cells) {
    const bySeed = new Map<number, ReportSource>()
    for (const [seed, unit] of units) {
      const source = unit.definition.exact ? await exactResult(unit) : resultOf(unit)
      if (source) bySeed.set(seed, source)
    }
    sources.set(cell.id, bySeed)
  }
  // What the cells were made from counts towards data, backends and hours too.
  const addNeeds = (unit: Unit): void => {
    for (const need of Object.values(unit.needs)) {
      if (!need.definition.exact) resultOf(need)
      addNeeds(need)
    }
  }
  for (const { cell, units } of cells) {
    for (const [seed, unit] of units) if (sources.get(cell.id)!.has(seed)) addNeeds(unit)
  }
  return buildReport({
    reproduction,
    tier,
    settings,
    overridden,
    seeds,
    cells: sources,
    results: [...results.values()],
    command,
  })
}

/**
 * The plan of a report: without a choice of seeds, the tier's own and every other for which the store holds a
 * result of one of the cells, so that no run is left out of a mean because its number was unlucky.
 */
export const planReport = (reproduction: Reproduction, choice: Choice, store: Store): Plan => {
  const plan = planReproduction(reproduction, choice)
  if (choice.seeds !== undefined || plan.tier === undefined) return plan
  const names = store.fileNames().map((name) => parseResultFileName(name)!)
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
