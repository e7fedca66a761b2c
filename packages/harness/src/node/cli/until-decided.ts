import { RetableError } from '@retable/core/host'
import { cellsOf } from '../../judge/claim-verdict.js'
import { leastSeeds } from '../../judge/judge-sample.js'
import { sequentialPlan } from '../../judge/statistics/sequential.js'
import { onlyCells, planReproduction, unitsOf } from '../../plan/plan.js'
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
  const { alpha = 0.05 } = reproduction
  const results = store.readable().map(({ result }) => result)
  const before = studyOf(plan, results).sequential
  const { looks, level } =
    before ??
    sequentialPlan({ first: Math.max(leastSeeds, plan.seeds.length), max: maxSeeds, alpha })
  if (looks.at(-1) !== maxSeeds) {
    throw new RetableError(
      'invalid-argument',
      `the looks of ${reproduction.id} were stated as ${looks.join(', ')} seeds, and cannot be changed once results are ` +
        `there; expected --max-seeds ${looks.at(-1)}, got ${maxSeeds}`,
    )
  }
  say(
    `${reproduction.id}: looks at ${looks.join(', ')} seeds, each test at level ${formatNumber(level, 4)}; in all at most ${alpha} of claims without an effect are decided for it`,
  )
  const order = orderOf(before?.seeds ?? plan.seeds, maxSeeds)
  let made = 0
  let open: readonly string[] | undefined
  let whole = table
  for (const look of looks) {
    const seeds = order.slice(0, look)
    const planned = {
      ...planReproduction(reproduction, { ...choice, seeds }),
      sequential: { looks, level },
    }
    whole = { reproduction, choice: { ...choice, seeds }, plan: planned, units: unitsOf(planned) }
    const units = open === undefined ? whole.units : unitsOf(onlyCells(planned, open))
    const outcome = await make({ ...whole, units })
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
  return { table: whole, made, failed: [] }
}

/** A study's seeds in the order in which they are added: its own, then the smallest others. */
const orderOf = (own: readonly number[], most: number): readonly number[] => {
  const order = [...own]
  for (let seed = 1; order.length < most; seed++) if (!order.includes(seed)) order.push(seed)
  return order
}
