import { resolve } from 'node:path'
import type { QueuedUnit } from '../queue/queue.js'
import type { Store } from '../store/store.js'
import type { CommandContext } from './options.js'
import type { MakingOptions } from './run-options.js'
import { pendingOf, tableOf, type PlannedTable } from './run-plans.js'
import { runSettings } from './run-settings.js'

/** The units of tables that have no result, as workers on other machines get them: with paths that hold in any folder. */
export const queuedUnits = (
  tables: readonly PlannedTable[],
  chosen: MakingOptions,
  options: CommandContext,
  store: Store,
): readonly QueuedUnit[] => {
  const tableFor = tableOf(tables)
  return pendingOf(tables, store).map((unit) => {
    // Threads are divided among the jobs of one machine, and not among workers on several.
    const settings = runSettings(tableFor(unit), { ...chosen, jobs: 1 }, options)
    const { data } = settings
    return {
      unit,
      settings: { ...settings, ...(data === undefined ? {} : { data: resolve(data) }) },
    }
  })
}
