import { RetableError, unknownName } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { ClaimTest } from './claim.js'
import { takenNumbers, takesNumber, type Override } from './override.js'
import type { Reproduction } from './reproduction.js'

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/

/**
 * Declares a reproduction: checks that everything it names exists and returns it unchanged.
 *
 * @throws RetableError `invalid-argument` or `unknown-name`: a name used twice, a claim on a cell or metric that
 * is not there, a tier without seeds, an override of no setting or one that does not take the tier's own number.
 * @example
 * export const table2 = defineReproduction({
 *   id: 'vgg-table2',
 *   version: 1,
 *   title: 'Number of parameters',
 *   source: { paper: 'Simonyan & Zisserman, ICLR 2015', arxiv: '1409.1556v6', table: 'Table 2', section: '2.3' },
 *   protocol: {},
 *   metrics: [{ id: 'millions', name: 'parameters', unit: 'millions', better: 'equal', digits: 0 }],
 *   cells: [{ id: 'D', row: 'D', paper: { millions: 138 }, config: { variant: 'D' } }],
 *   claims: [],
 *   deviations: [],
 *   plan: ({ config }) => countParameters({ config }),
 * })
 */
export const defineReproduction = <
  C extends JsonObject,
  S extends JsonObject,
  const M extends string,
>(
  reproduction: Reproduction<C, S, M>,
): Reproduction<C, S, M> => {
  const { id, version, cells, metrics, claims, tiers, rowHeads = [''] } = reproduction
  const refuse = (what: string): never => {
    throw new RetableError('invalid-argument', `reproduction "${id}": ${what}`)
  }
  if (!kebabCase.test(id)) refuse('its id is not kebab-case')
  if (!Number.isSafeInteger(version) || version < 1) {
    refuse(`version is a positive integer, found ${version}`)
  }
  if (cells.length === 0) refuse('it has no cells')
  if (metrics.length === 0) refuse('it has no metrics')
  const unique = (kind: string, names: readonly string[]): readonly string[] => {
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) refuse(`two ${kind}s are called "${twice}"`)
    return names
  }
  const metricIds = unique(
    'metric',
    metrics.map((metric) => metric.id),
  )
  const cellIds = unique(
    'cell',
    cells.map((cell) => cell.id),
  )
  unique(
    'claim',
    claims.map((claim) => claim.id),
  )
  for (const cell of cells) {
    const heads = typeof cell.row === 'string' ? 1 : cell.row.length
    if (heads !== rowHeads.length) {
      refuse(`cell "${cell.id}" has ${heads} row labels, expected ${rowHeads.length}`)
    }
    for (const metric of Object.keys(cell.paper ?? {})) {
      if (!metricIds.includes(metric)) throw unknownName('metric', metric, metricIds)
    }
  }
  for (const cell of reproduction.figure?.cells ?? []) {
    if (!cellIds.includes(cell)) throw unknownName('cell', cell, cellIds)
  }
  const places = cells.map((cell) => JSON.stringify([cell.row, cell.column ?? null]))
  const shared = places.findIndex((place, i) => places.indexOf(place) !== i)
  if (shared >= 0) refuse(`cell "${cells[shared]!.id}" has the row and column of another cell`)
  const made = cells.filter((cell) => cell.config !== null).map((cell) => cell.id)
  for (const claim of claims) checkTest(claim, `claim "${claim.id}"`, made, metricIds, refuse)
  unique('tier', tiers?.map(({ name }) => name) ?? [])
  for (const tier of tiers ?? []) {
    const { name } = tier
    if (!kebabCase.test(name)) refuse(`the name of tier "${name}" is not kebab-case`)
    if (tier.seeds.length === 0) refuse(`tier "${name}" has no seeds`)
    unique('seed', tier.seeds.map(String))
    for (const cell of tier.cells ?? []) {
      if (!cellIds.includes(cell)) throw unknownName('cell', cell, cellIds)
    }
    if (tier.length) {
      const { setting, least } = tier.length
      const own = tier.settings[setting]
      if (reproduction.overrides?.[setting] === undefined || typeof own !== 'number') {
        refuse(`the length of tier "${name}", "${setting}", is no setting to override`)
      }
      if (!(least > 0 && least <= Number(own))) {
        refuse(`the least length of tier "${name}" is above 0 and at most its own, found ${least}`)
      }
    }
    for (const [option, override] of Object.entries<Override | undefined>(
      reproduction.overrides ?? {},
    )) {
      const value = tier.settings[option]
      if (!override || value === undefined || value === null) continue
      if (typeof value !== 'number') {
        return refuse(`override "${option}" is no number in tier "${name}"`)
      }
      if (!takesNumber(override, value)) {
        refuse(`"${option}" takes ${takenNumbers(override)}, found ${value} in tier "${name}"`)
      }
    }
  }
  if (tiers?.length === 0) refuse('tiers is empty; leave it out for counts')
  const { alpha = 0.05 } = reproduction
  if (!(alpha > 0 && alpha < 0.5)) refuse(`alpha lies between 0 and 0.5, found ${alpha}`)
  return reproduction
}

const checkTest = (
  test: ClaimTest,
  where: string,
  cells: readonly string[],
  metrics: readonly string[],
  refuse: (what: string) => never,
): void => {
  const named = (names: readonly string[]) => {
    for (const name of names) {
      if (!cells.includes(name)) throw unknownName(`cell of ${where}`, name, cells)
    }
  }
  if (test.test !== 'all' && !metrics.includes(test.metric)) {
    throw unknownName(`metric of ${where}`, test.metric, metrics)
  }
  switch (test.test) {
    case 'better':
    case 'not-better':
      named([test.cell, test.than])
      if (!(test.margin === undefined || test.margin >= 0)) {
        refuse(`${where}: margin is at least 0, found ${test.margin}`)
      }
      return
    case 'improving':
      named(test.cells)
      if (test.cells.length < 2) refuse(`${where} orders fewer than two cells`)
      return
    case 'trend':
      named(test.cells)
      if (test.x.length !== test.cells.length || new Set(test.x).size < 2) {
        refuse(`${where} needs one x for each cell, and two different ones`)
      }
      return
    case 'ratio':
      named([test.of, test.to])
      if ((test.atLeast === undefined) === (test.atMost === undefined)) {
        refuse(`${where} needs atLeast or atMost, and not both`)
      }
      if (!((test.atLeast ?? test.atMost)! > 0)) refuse(`${where}: a ratio is positive`)
      return
    case 'equal':
      named([test.cell])
      return
    case 'all':
      if (test.of.length === 0) refuse(`${where} has no parts`)
      for (const part of test.of) checkTest(part, where, cells, metrics, refuse)
      return
    default:
      throw new RetableError(
        'invalid-argument',
        `${where}: unknown test ${JSON.stringify(test satisfies never)}`,
      )
  }
}
