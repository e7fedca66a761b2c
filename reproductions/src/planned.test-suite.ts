import type { Cell, Reproduction, Tier, Unit, UnitContext } from '@retable/harness'
import { reproductions } from './reproductions.js'

/** For tests: each cell of a table of counts, with what its unit computes. */
export const exactResultsOf = async (
  reproduction: Reproduction,
): Promise<
  readonly { readonly cell: Cell; readonly metrics: Readonly<Record<string, number>> }[]
> =>
  Promise.all(
    reproduction.cells.map(async (cell) => {
      const unit = reproduction.plan({
        cell,
        config: cell.config!,
        settings: {},
        seed: 0,
      })
      const { metrics } = await unit.definition.run({ config: unit.config } as UnitContext)
      return { cell, metrics }
    }),
  )

/** For tests: a reproduction's tiers; `paper`: the one that repeats the paper; `reduced`: the longest of the others. */
export const tiersFor = (
  id: string,
): { readonly all: readonly Tier[]; readonly paper: Tier; readonly reduced: Tier } => {
  const all = reproductions.find((one) => one.id === id)!.tiers!
  return {
    all,
    paper: all.find(({ paper }) => paper)!,
    reduced: all.findLast(({ paper }) => !paper)!,
  }
}

/** For tests: the units behind a trained table's cells. */
export const planOf = (
  id: string,
  { settings }: Tier,
  seed: number,
): readonly { readonly cell: Cell; readonly unit: Unit }[] => {
  const reproduction = reproductions.find((one) => one.id === id)!
  return reproduction.cells.flatMap((cell) =>
    cell.config === null
      ? []
      : [{ cell, unit: reproduction.plan({ cell, config: cell.config, settings, seed }) }],
  )
}

/** For tests: what a unit is known by, its needs included; labels and costs are no part of it. */
const identityOf = ({ definition, config, seed, needs }: Unit): string =>
  JSON.stringify([
    definition.kind,
    definition.version,
    config,
    seed,
    Object.entries(needs).map(([as, need]) => [as, identityOf(need)]),
  ])

/** For tests: the distinct units of a kind behind others, themselves included. */
export const unitsOfKind = (units: readonly Unit[], kind: string): readonly Unit[] => {
  const found = new Map<string, Unit>()
  const visit = (unit: Unit): void => {
    if (unit.definition.kind === kind) found.set(identityOf(unit), unit)
    Object.values(unit.needs).forEach(visit)
  }
  units.forEach(visit)
  return [...found.values()]
}
