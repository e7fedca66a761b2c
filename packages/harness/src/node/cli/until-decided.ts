import { RetableError } from '@retable/core/host'
import { cellsOf } from '../../judge/claim-verdict.js'
import { leastSeeds } from '../../judge/verdict.js'
import { sequentialPlan, type SequentialPlan } from '../../judge/statistics/sequential.js'
import type { Reproduction } from '../../declare/reproduction.js'
import { onlyCells, planReproduction, unitsOf } from '../../plan/plan.js'
import { behindCells, planReport } from '../../plan/collect.js'
import { studyOf } from '../../plan/study.js'
import { counted, formatNumber } from '../../report/text/format-number.js'
import type { Report } from '../../report/report.js'
import type { ScheduleOutcome } from '../run/schedule.js'
import type { Store } from '../store/store.js'
import type { PlannedTable } from './run-plans.js'

/** What {@link makeUntilDecided} works with. */
export interface UntilDecided {
  readonly maxSeeds: number
  readonly store: Store
  /** Makes what is missing of a table. */
  readonly make: (table: PlannedTable) => Promise<ScheduleOutcome>
  readonly reportOf: (table: PlannedTable) => Promise<Report>
  readonly say: (line: string) => void
}

/** What was made, and the table with all seeds that it has by then. */
export interface Decided {
  readonly table: PlannedTable
  readonly made: number
  readonly failed: ScheduleOutcome['failed']
}

/** A study's looks, and its seeds in the order in which they are added. */
interface Looks extends SequentialPlan {
  /** Whether results that are there name them. */
  readonly areKept: boolean
  readonly order: readonly number[]
}

/**
 * The looks of a table's study: those that its results name, or new ones.
 *
 * @throws RetableError `invalid-argument` if the study's stated looks end at another number of seeds than `maxSeeds`, or
 * if so few seeds can decide nothing.
 */
const looksOf = async (
  { plan, reproduction }: PlannedTable,
  { maxSeeds, store }: Pick<UntilDecided, 'maxSeeds' | 'store'>,
): Promise<Looks> => {
  const { alpha = 0.05 } = reproduction
  if (maxSeeds < plan.seeds.length) {
    throw new RetableError(
      'invalid-argument',
      `${reproduction.id} starts with ${plan.seeds.length} seeds; expected --max-seeds of at least as many, got ${maxSeeds}`,
    )
  }
  const { sequential, grownElsewhere } = studyOf(plan, await behindCells(plan, store))
  const kept = grownElsewhere ? undefined : sequential
  const { looks, level } =
    kept ?? sequentialPlan({ first: Math.max(leastSeeds, plan.seeds.length), max: maxSeeds, alpha })
  if (looks.at(-1) !== maxSeeds) {
    throw new RetableError(
      'invalid-argument',
      `the looks of ${reproduction.id} were stated as ${looks.join(', ')} seeds, and cannot be changed once results are ` +
        `there; expected --max-seeds ${looks.at(-1)}, got ${maxSeeds}`,
    )
  }
  const order = orderOf(kept?.seeds ?? plan.seeds, maxSeeds)
  return { looks, level, areKept: kept !== undefined, order }
}

const looksText = ({ id, alpha = 0.05 }: Reproduction, { looks, level }: Looks): string =>
  `${id}: looks at ${looks.join(', ')} seeds, each test at level ${formatNumber(level, 4)}; in all at most ${alpha} of claims without an effect are decided for it`

/** The table at a look. */
const tableAt = (
  { reproduction, choice }: PlannedTable,
  { looks, level, order }: Looks,
  look: number,
): PlannedTable => {
  const seeds = order.slice(0, look)
  const plan = {
    ...planReproduction(reproduction, { ...choice, seeds }),
    sequential: { looks, level },
  }
  return { reproduction, choice: { ...choice, seeds }, plan, units: unitsOf(plan) }
}

/** A table at its first look, and its looks in words: what {@link makeUntilDecided} makes first. */
export const firstLook = async (
  table: PlannedTable,
  terms: Pick<UntilDecided, 'maxSeeds' | 'store'>,
): Promise<{ readonly table: PlannedTable; readonly text: string }> => {
  if (table.plan.tier === undefined) return { table, text: '' }
  const looks = await looksOf(table, terms)
  const text = `${looksText(table.reproduction, looks)}; the first look makes:\n`
  return { table: tableAt(table, looks, looks.looks[0]!), text }
}

/**
 * Makes a table, then adds seeds to the cells of its open claims, by looks that are stated before the first: each result
 * names them, so that a report needs nothing else to judge by them. A study that was begun keeps its looks.
 *
 * @throws RetableError `invalid-argument` if the study's stated looks end at another number of seeds than `maxSeeds`, or
 * if so few seeds can decide nothing.
 */
export const makeUntilDecided = async (
  table: PlannedTable,
  { maxSeeds, store, make, reportOf, say }: UntilDecided,
): Promise<Decided> => {
  const { plan, reproduction, choice } = table
  if (plan.tier === undefined) {
    const { made, failed } = await make(table)
    return { table, made, failed }
  }
  const planned = await looksOf(table, { maxSeeds, store })
  say(looksText(reproduction, planned))
  let made = 0
  let open: readonly string[] | undefined
  let whole = table
  for (const look of planned.looks) {
    whole = tableAt(table, planned, look)
    const units = open === undefined ? whole.units : unitsOf(onlyCells(whole.plan, open))
    // The command that results name is the one that was typed.
    const outcome = await make({ ...whole, choice, units })
    made += outcome.made
    if (outcome.failed.length > 0) return { table: whole, made, failed: outcome.failed }
    const { claims } = await reportOf(whole)
    // More seeds of ours do not settle what only another implementation's runs keep open.
    const undecided = claims.filter(({ ours }) => ours === 'inconclusive').map(({ id }) => id)
    say(
      `${reproduction.id}: ${look} seeds: ` +
        (undecided.length === 0
          ? 'every claim is decided'
          : `${counted(undecided.length, 'claim')} open (${undecided.join(', ')})`),
    )
    if (undecided.length === 0) break
    open = [
      ...new Set(
        reproduction.claims
          .filter(({ id }) => undecided.includes(id))
          .flatMap((claim) => cellsOf(claim)),
      ),
    ]
  }
  if (made > 0 || planned.areKept) return { table: whole, made, failed: [] }
  const stored = await behindCells(whole.plan, store)
  if (stored.some(({ result }) => result.settings.sequential))
    return { table: whole, made, failed: [] }
  // Looks at results that were there before anybody stated them decide nothing that all of these results do not.
  const all = planReport(reproduction, { ...choice, seeds: undefined }, store)
  say(
    `${reproduction.id}: every result was there before the looks were stated, so claims are judged once, over all ${counted(all.seeds.length, 'seed')}`,
  )
  return {
    table: { ...whole, choice: { ...choice, seeds: all.seeds }, plan: all, units: unitsOf(all) },
    made,
    failed: [],
  }
}

/** A study's seeds in the order in which they are added: its own, then the smallest others. */
const orderOf = (own: readonly number[], most: number): readonly number[] => {
  const order = [...own]
  for (let seed = 1; order.length < most; seed++) if (!order.includes(seed)) order.push(seed)
  return order
}
