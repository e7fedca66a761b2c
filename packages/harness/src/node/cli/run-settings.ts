import { availableParallelism } from 'node:os'
import { settingsOf } from '../../plan/plan.js'
import type { RunSettings } from '../../unit/settings.js'
import type { Services } from '../run/services.js'
import { dataFolder, namedDataFolder, type CommandContext } from './options.js'
import { wordsFor, type MakingOptions, type RunOptions } from './run-options.js'
import type { PlannedTable } from './run-plans.js'

/** Threads per unit: what was asked for, or the machine's divided among several jobs; undefined: the backend's own choice. */
export const threadsFor = ({
  threads,
  jobs,
}: Pick<MakingOptions, 'threads' | 'jobs'>): number | undefined =>
  threads ?? (jobs > 1 ? Math.max(1, Math.floor(availableParallelism() / jobs)) : undefined)

/** What the units of a table are run with. */
export const runSettings = (
  table: PlannedTable,
  chosen: MakingOptions & Partial<Pick<RunOptions, 'browser' | 'untilDecided' | 'maxSeeds'>>,
  { name, env = process.env }: CommandContext,
): RunSettings => {
  const data = namedDataFolder(chosen.data, env)
  const threads = threadsFor(chosen)
  return {
    plan: settingsOf(table.plan),
    results: chosen.results,
    backend: chosen.backend,
    ...(data === undefined ? {} : { data }),
    ...(threads === undefined ? {} : { threads }),
    workers: chosen.workers,
    checkpointMinutes: chosen.checkpointEvery,
    logs: chosen.log ?? [],
    force: chosen.force ?? false,
    restart: chosen.restart ?? false,
    command: [name, ...wordsFor(table, chosen)],
  }
}

/** The command's backend and data sets, as the settings choose them. */
export const servicesFor = (
  options: CommandContext,
  { backend, data, threads }: Pick<RunSettings, 'backend' | 'data' | 'threads'>,
  signal: AbortSignal,
): Services => ({
  useBackend: async () => options.useBackend(backend, { threads }),
  openData: async (request) =>
    options.openData(request, { dir: dataFolder(data, options.env), signal }),
  packages: options.packages ?? {},
})
