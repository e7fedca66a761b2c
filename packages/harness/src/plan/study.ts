import type { SequentialPlan } from '../judge/statistics/sequential.js'
import type { StoredResult } from '../unit/result.js'
import { settingsOf, type Plan } from './plan.js'

/** How the seeds of a table came to be those that they are, by what its results say. */
export interface Study {
  /** The looks that were stated before the study grew, with its seeds in the order in which they are added. */
  readonly sequential?: SequentialPlan & { readonly seeds: readonly number[] }
  /**
   * Cells that other tables' studies have grown, whose claims those looks decide; undefined if the looks are this table's own, and
   * so every claim's.
   */
  readonly grownElsewhere?: ReadonlySet<string>
  /** Sentences about seeds that were added otherwise. */
  readonly warnings: readonly string[]
}

/** A stored result with the cell that it stands behind. */
export interface ResultBehind {
  readonly cell: string
  readonly result: StoredResult
}

/**
 * Reads from the results behind its cells how a table's study grew. Each result names the table that it was made for, the seeds
 * that were planned when its unit was, and the looks if `--until-decided` stated any. If only other tables stated looks, those
 * decide the claims on cells that they have grown.
 *
 * Seeds that are neither the tier's own, nor among those planned for the first result (another table's if all units were
 * made for other tables), nor added by stated looks were added after results could be looked at: adding seeds until a
 * verdict suits makes it wrong more often than α says.
 */
export const studyOf = (plan: Plan, behind: readonly ResultBehind[]): Study => {
  const { tier, seeds } = plan
  const results = [...new Set(behind.map(({ result }) => result))].sort(byStart)
  if (!tier) return { warnings: [] }
  const { overrides } = settingsOf(plan)
  const own = results.filter(
    ({ settings }) =>
      settings.reproduction === plan.reproduction.id &&
      settings.tier === tier.name &&
      sameNumbers(settings.overrides, overrides),
  )
  const states = ({ settings }: StoredResult) => settings.sequential !== undefined
  const ownFirst = own.find(states)
  const isOwn = ownFirst !== undefined || plan.sequential !== undefined
  const first = ownFirst ?? (isOwn ? undefined : results.find(states))
  // A run that states its looks just now has no result yet that names them.
  const looks = first?.settings.sequential ?? plan.sequential
  const order = results
    .filter(({ settings }) => looks && settings.sequential && sameLooks(settings.sequential, looks))
    .reduce<readonly number[]>(
      (longest, { settings }) =>
        settings.seeds.length > longest.length ? settings.seeds : longest,
      first ? [] : seeds,
    )
  const began = own[0] ?? results[0]
  const announced = new Set([
    ...tier.seeds,
    ...(began?.settings.seeds ?? []),
    ...(looks ? order : []),
  ])
  const added = began ? seeds.filter((seed) => !announced.has(seed)) : []
  const before = new Set(
    results
      .filter((one) => !first || one.timing.finishedAt < first.timing.startedAt)
      .flatMap(({ settings, seed }) => (settings.sequential || seed === null ? [] : [seed])),
  )
  return {
    ...(looks && { sequential: { ...looks, seeds: order } }),
    ...(looks &&
      !isOwn && {
        grownElsewhere: new Set(
          behind.filter(({ result }) => states(result)).map(({ cell }) => cell),
        ),
      }),
    warnings: [
      ...(added.length > 0
        ? [
            `Seeds ${added.join(', ')} were added after the first results, and without --until-decided: a verdict that ` +
              'is reached by adding seeds until it suits is wrong more often than α says.',
          ]
        : []),
      ...(looks && before.size > 0
        ? [
            `The looks at ${looks.looks.join(', ')} seeds were stated after ${before.size} ${before.size === 1 ? 'seed' : 'seeds'} had been run: if their ` +
              'results were looked at, verdicts are wrong more often than α says.',
          ]
        : []),
    ],
  }
}

const sameLooks = (a: SequentialPlan, b: SequentialPlan): boolean =>
  JSON.stringify(a.looks) === JSON.stringify(b.looks)

const byStart = (a: StoredResult, b: StoredResult): number =>
  a.timing.startedAt < b.timing.startedAt ? -1 : 1

/** Whether two sets of changed settings are the same, in whatever order. */
export const sameNumbers = (
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): boolean => {
  const text = (record: Readonly<Record<string, number>>) =>
    JSON.stringify(Object.entries(record).sort(([x], [y]) => (x < y ? -1 : 1)))
  return text(a) === text(b)
}
