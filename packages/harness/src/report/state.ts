import { optionOf } from '../declare/option-name.js'
import type { CellVerdict } from '../judge/cell-verdict.js'
import type { Verdict } from '../judge/verdict.js'
import type { ReferenceVerdict } from '../judge/reference-verdict.js'
import { isByOursOnly } from './text/claim-text.js'
import { counted } from './text/format-number.js'
import type { Report } from './report.js'

/**
 * How far a reproduction is, in a word or two. Where ours and the paper's numbers compare (tiers marked `paper`, counts):
 * `reproduced` if all are, `differs` if one does, `inconclusive` otherwise. In a reduced tier the claims
 * decide: `claims supported` if all are, `a claim contradicted` if one is, `claims decided` if each is supported or
 * equivalent, `inconclusive` otherwise, `made` without claims that could be tested. `partly made` if cells or seeds are missing, before any of these.
 */
export type StateWord =
  | 'not run'
  | 'partly made'
  | 'reproduced'
  | 'differs'
  | 'claims supported'
  | 'a claim contradicted'
  | 'claims decided'
  | 'inconclusive'
  | 'made'

/** A report in a line. */
export interface ReportState {
  /** The state in a word or two. */
  readonly word: StateWord
  /** Cells with a result, of those that the tier makes. */
  readonly made: number
  /** Cells that the tier makes. */
  readonly cells: number
  /** The most seeds that a cell has; 0 for counts. */
  readonly seeds: number
  /** How many numbers compare with the paper's how; empty in a reduced tier. */
  readonly numbers: Readonly<Partial<Record<CellVerdict, number>>>
  /** How many claims came to which verdict. */
  readonly claims: Readonly<Partial<Record<Verdict, number>>>
  /** How many of the contradicted claims no other implementation's runs have judged. */
  readonly byOursOnly: number
  /** How many numbers compare with each other implementation's how, by its name. */
  readonly references: Readonly<Record<string, Readonly<Partial<Record<ReferenceVerdict, number>>>>>
  /** Settings that are not the tier's own. */
  readonly changed: Readonly<Record<string, number>>
}

/** Sums a report up. */
export const stateOf = (report: Report): ReportState => {
  const cells = report.cells.filter(({ state }) => state !== 'quoted' && state !== 'left out')
  const made = cells.filter(({ state }) => state !== 'not run').length
  const compared = cells.flatMap(({ numbers }) =>
    numbers.flatMap(({ comparison }) => comparison?.verdict ?? []),
  )
  const numbers = tally(compared)
  const claims = tally(report.claims.map(({ verdict }) => verdict))
  const word = (): StateWord => {
    if (made === 0) return 'not run'
    if (cells.some(({ state }) => state !== 'made')) return 'partly made'
    if (report.comparesWithPaper && compared.length > 0) {
      const agreed = (numbers.reproduced ?? 0) + (numbers.equal ?? 0)
      if (agreed === compared.length) return 'reproduced'
      return numbers.differs || numbers.worse || numbers.better ? 'differs' : 'inconclusive'
    }
    if (report.claims.every(({ n }) => n === 0)) return 'made'
    if (claims.supported === report.claims.length) return 'claims supported'
    if (claims.contradicted) return 'a claim contradicted'
    const decided = (claims.supported ?? 0) + (claims.equivalent ?? 0)
    return decided === report.claims.length ? 'claims decided' : 'inconclusive'
  }
  return {
    word: word(),
    made,
    cells: cells.length,
    seeds: report.tier === null ? 0 : Math.max(0, ...cells.map(({ seeds }) => seeds.length)),
    numbers,
    claims,
    byOursOnly: report.claims.filter(isByOursOnly).length,
    references: Object.fromEntries(
      report.references.map(({ implementation, numbers: theirs }) => [
        implementation,
        tally(theirs.flatMap(({ comparison }) => comparison?.verdict ?? [])),
      ]),
    ),
    changed: Object.fromEntries(report.overridden.map(({ name, value }) => [name, value])),
  }
}

/** `12 of 12 cells, 3 seeds, --steps 100; claims: 3 contradicted, 3 inconclusive`; empty if nothing was run. */
export const stateDetails = ({
  made,
  cells,
  seeds,
  numbers,
  claims,
  byOursOnly,
  references,
  changed,
}: ReportState): string => {
  if (made === 0) return ''
  return [
    `${made} of ${cells} cells` +
      (seeds === 0 ? '' : `, ${counted(seeds, 'seed')}`) +
      Object.entries(changed)
        .map(([name, value]) => `, ${optionOf(name)} ${value}`)
        .join(''),
    talliedText(numbers) && `numbers: ${talliedText(numbers)}`,
    talliedText(claims) &&
      `claims: ${talliedText(claims)}${byOursOnly > 0 ? ` (${byOursOnly} of the contradicted by ours only)` : ''}`,
    ...Object.entries(references).map(
      ([name, verdicts]) => talliedText(verdicts) && `against ${name}: ${talliedText(verdicts)}`,
    ),
  ]
    .filter(Boolean)
    .join('; ')
}

/** How many there are of each, as `2 reproduced, 1 worse`; empty if there are none. */
export const talliedText = (tally: Readonly<Partial<Record<string, number>>>): string =>
  Object.entries(tally)
    .map(([verdict, n]) => `${n} ${verdict}`)
    .join(', ')

const tally = <V extends string>(verdicts: readonly V[]): Readonly<Partial<Record<V, number>>> => {
  const counts: Partial<Record<V, number>> = {}
  for (const verdict of [...verdicts].sort()) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}
