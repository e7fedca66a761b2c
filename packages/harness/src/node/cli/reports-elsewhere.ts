import type { Report } from '../../report/report.js'
import { changedOptions } from '../../report/text/setting-text.js'
import { stateOf } from '../../report/state.js'
import type { Reproduction } from '../../declare/reproduction.js'
import { tierOf } from '../../declare/tier.js'
import type { StoredResult } from '../../unit/result.js'
import type { Choice } from '../../plan/plan.js'
import { isUnreadable } from '../store/store.js'
import { storedOverrides } from './stored-overrides.js'

/** What was made of a table at other settings than those that were asked for. */
export interface Elsewhere {
  readonly choice: Choice
  readonly report: Report
  readonly made: number
  readonly cells: number
}

/**
 * Where a choice has no result of a table: what there is at other settings of its tier, by what stored results say of
 * their making, that of most cells first.
 */
export const reportsElsewhere = async (
  results: readonly Pick<StoredResult, 'command'>[],
  reproduction: Reproduction,
  choice: Choice,
  reportOf: (choice: Choice) => Promise<Report>,
): Promise<readonly Elsewhere[]> => {
  const tier = tierOf(reproduction, choice.tier)?.name
  if (tier === undefined) return []
  const found: Elsewhere[] = []
  const own = Object.keys(choice.overrides ?? {}).length > 0 ? [{}] : []
  for (const overrides of [...own, ...storedOverrides(results, reproduction, tier)]) {
    const other = { ...choice, tier, overrides }
    const report = await reportOf(other).catch((error: unknown) => {
      // A hint alone is lost.
      if (!isUnreadable(error)) throw error
    })
    if (!report) continue
    const { made, cells } = stateOf(report)
    if (made > 0) found.push({ choice: other, report, made, cells })
  }
  return found.sort((a, b) => b.made - a.made)
}

/** `2 of 2 cells at --steps 420, 1 of 2 at the tier’s own settings`. */
export const elsewhereText = (found: readonly Elsewhere[]): string =>
  found
    .map(({ report, made, cells }, i) => {
      const options = changedOptions(report)
      const where = options === '' ? 'the tier’s own settings' : options
      return `${made} of ${cells}${i === 0 ? ' cells' : ''} at ${where}`
    })
    .join(', ')
