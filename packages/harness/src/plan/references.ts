import { ownValue } from '@retable/core/host'
import type { ReferenceResults } from '../unit/reference.js'
import { unitKey } from '../unit/unit-key.js'
import { settingsOf, type Plan } from './plan.js'
import { sameNumbers } from './study.js'

/** Other implementations' results that a plan's report shows. */
export interface PlanReferences {
  readonly references: readonly ReferenceResults[]
  /** A sentence for each implementation whose numbers were left out. */
  readonly warnings: readonly string[]
}

/**
 * Of other implementations' results those for a plan's table, tier and settings. A number that names the unit whose work it
 * repeats is left out if that unit is another by now: the recipe was changed after it was made.
 */
export const referencesFor = (
  plan: Plan,
  references: readonly ReferenceResults[],
): PlanReferences => {
  const { overrides } = settingsOf(plan)
  const own = references.filter(
    ({ reproduction, tier, overrides: theirs }) =>
      reproduction === plan.reproduction.id &&
      tier === plan.tier?.name &&
      sameNumbers(theirs, overrides),
  )
  const keys = keysOf(plan)
  const sorted = own.map((reference) => withoutStale(reference, keys))
  return {
    references: sorted.flatMap(({ reference }) =>
      Object.keys(reference.cells).length > 0 ? [reference] : [],
    ),
    warnings: sorted.flatMap(({ reference: { implementation }, stale }) =>
      stale.length === 0
        ? []
        : [
            `${implementation}’s numbers of ${stale.join(', ')} are left out: they repeat a recipe that this table no ` +
              'longer has.',
          ],
    ),
  }
}

/** The key of a cell's unit for a seed, planned or not; undefined if the tier does not make the cell. */
type KeyOf = (cell: string, seed: number) => string | undefined

const keysOf = ({ reproduction, settings, cells }: Plan): KeyOf => {
  const planned = new Map(cells.map((one) => [one.cell.id, one]))
  return (id, seed) => {
    const found = planned.get(id)
    const config = found?.cell.config
    if (!found || !config) return undefined
    const { cell, units } = found
    return unitKey(units.get(seed) ?? reproduction.plan({ cell, config, settings, seed }))
  }
}

/** The numbers whose recipe is the plan's, and the cells of which some are of another. */
const withoutStale = (
  reference: ReferenceResults,
  keyOf: KeyOf,
): { readonly reference: ReferenceResults; readonly stale: readonly string[] } => {
  const { units } = reference
  if (!units) return { reference, stale: [] }
  const stale = new Set<string>()
  const isCurrent = (cell: string, seed: string) => {
    const current = ownValue(ownValue(units, cell), seed) === keyOf(cell, Number(seed))
    if (!current) stale.add(cell)
    return current
  }
  const cells = Object.entries(reference.cells).flatMap(([cell, metrics]) => {
    const kept = Object.entries(metrics).flatMap(([metric, seeds]) => {
      const current = Object.entries(seeds).filter(([seed]) => isCurrent(cell, seed))
      return current.length > 0 ? [[metric, Object.fromEntries(current)] as const] : []
    })
    return kept.length > 0 ? [[cell, Object.fromEntries(kept)] as const] : []
  })
  return { reference: { ...reference, cells: Object.fromEntries(cells) }, stale: [...stale] }
}
