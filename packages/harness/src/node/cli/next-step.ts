import { formatDuration } from '@retable/core/host'
import { planReproduction, unitsOf, type Choice } from '../../plan/plan.js'
import { secondsHere } from '../../plan/speeds.js'
import type { Reproduction } from '../../declare/reproduction.js'
import { leastSeeds as enoughSeeds } from '../../judge/verdict.js'
import type { Report } from '../../report/report.js'
import { counted } from '../../report/text/format-number.js'
import { madeHere } from '../run/environment.js'
import type { Store } from '../store/store.js'
import { commandLine } from './choice.js'

/** So many more seeds: those of the report, then the smallest that are not among them. */
const withMore = (seeds: readonly number[], more: number): readonly number[] => {
  const list = [...seeds]
  const count = seeds.length + more
  for (let seed = 1; list.length < count; seed++) if (!list.includes(seed)) list.push(seed)
  return list.sort((a, b) => a - b)
}

/**
 * What a run ends with if its claims have too few seeds for a verdict: the command that makes enough, and how long it takes by
 * the results that were made on this machine. Empty if the claims have verdicts, or more seeds would not help.
 */
export const nextStepText = (
  report: Report,
  { reproduction, choice }: { readonly reproduction: Reproduction; readonly choice: Choice },
  {
    typed,
    results,
    store,
  }: { readonly typed: readonly string[]; readonly results: string; readonly store: Store },
): string => {
  const few = report.claims.filter(
    ({ verdict, n }) => verdict === 'inconclusive' && n > 0 && n < enoughSeeds,
  )
  if (report.tier === null || few.length === 0) return ''
  // A run without the number, as one that never reaches an error, counts for no claim about it.
  const without = Math.max(...few.map((claim) => claim.without))
  const seeds = withMore(report.seeds, Math.max(0, enoughSeeds + without - report.seeds.length))
  const units = unitsOf(planReproduction(reproduction, { ...choice, seeds }))
  const made = madeHere(store.readable().map(({ result }) => result))
  const seconds = secondsHere(units, store, made)
  const time = seconds === undefined ? '' : ` (in about ${formatDuration(seconds)})`
  const command = commandLine(typed, 'run', reproduction.id, { ...choice, seeds }, results)
  const claims = `${counted(few.length, 'claim')} ${few.length === 1 ? 'needs' : 'need'}`
  return `${claims} more seeds for a verdict; to make ${seeds.length}${time}:\n  ${command}\n`
}
