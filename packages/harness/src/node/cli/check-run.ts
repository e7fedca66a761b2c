import { RetableError, unknownName } from '@retable/core/host'
import { checkParentFolder } from '@retable/core/node'
import { definitionOf, unitDefinitions } from '../../unit/pack.js'
import { withNeeds } from '../../unit/with-needs.js'
import { openStore, type Store } from '../store/store.js'
import { checkClusterOptions } from './cluster-options.js'
import type { CommandContext } from './options.js'
import { workersFor } from './run-on-slurm.js'
import type { MakingOptions, RunOptions } from './run-options.js'
import { pendingOf, unitsIn, type PlannedTable } from './run-plans.js'

/** What the words of one `run` come to. */
export interface AskedRun {
  readonly ids: readonly string[]
  readonly chosen: RunOptions
  readonly options: CommandContext
  readonly tables: readonly PlannedTable[]
  readonly store: Store
  /** Whether units run in a browser, and in which. */
  readonly browser: RunOptions['browser']
}

/**
 * Checks that a `run` can be made as it was asked for, before anything is run.
 *
 * @throws RetableError `unknown-name` for names that the command does not know, `invalid-argument` for options that do
 * not go together, `not-found` if the folder of data sets can lie nowhere.
 */
export const checkRun = ({
  ids,
  chosen,
  options,
  tables,
}: Pick<AskedRun, 'ids' | 'chosen' | 'options' | 'tables'>): AskedRun => {
  checkMaking(tables, chosen, options)
  const browser = browserFor(chosen, options)
  checkTogether(chosen)
  checkClusterOptions({ ...chosen, browser })
  const store = openStore(chosen.results)
  // Left out unless it was typed.
  const typed = chosen.jobs as number | undefined
  const jobs = typed ?? usualJobs(tables, { store, chosen, options, browser })
  return { ids, chosen: { ...chosen, jobs }, options, tables, store, browser }
}

/**
 * Checks what `run` and `work` take alike.
 *
 * @throws RetableError as {@link checkRun} does.
 */
export const checkMaking = (
  tables: readonly PlannedTable[],
  { backend, data }: Pick<MakingOptions, 'backend' | 'data'>,
  options: CommandContext,
): void => {
  const { backends } = options
  if (!backends.includes(backend)) throw unknownName('backend', backend, backends)
  if (data) checkParentFolder(data)
  checkKinds(tables, options)
}

/** Units at a time: what the command's owner knows to be fastest for what is to be made; on a cluster, workers. */
const usualJobs = (
  tables: readonly PlannedTable[],
  { store, chosen, options, browser }: Pick<AskedRun, 'store' | 'chosen' | 'options' | 'browser'>,
): number => {
  const { backend, executor } = chosen
  const pending = pendingOf(tables, store)
  if (executor !== undefined) return workersFor(pending)
  if (options.jobsFor === undefined || browser !== undefined) return 1
  const paper = tables.some(({ plan }) => plan.tier?.paper === true)
  return Math.max(1, Math.min(pending.length, options.jobsFor({ pending, backend, paper })))
}

/** Whether units run in a browser: if it is asked for, or the backend is one of browsers only. */
const browserFor = (
  { backend, browser }: RunOptions,
  { page }: CommandContext,
): RunOptions['browser'] => {
  const needs = page?.backends.includes(backend) ?? false
  if (browser === undefined) return needs ? 'headless' : undefined
  const inPages = [...(page?.alsoInPages ?? []), ...(page?.backends ?? [])]
  if (inPages.includes(backend)) return browser
  throw new RetableError(
    'invalid-argument',
    `--browser takes the backends that run in one (${inPages.join(', ')}), got ${backend}`,
  )
}

/** Throws if a table plans a kind of unit that the command does not know: no other process could run it. */
const checkKinds = (tables: readonly PlannedTable[], { units }: CommandContext): void => {
  const definitions = unitDefinitions(units)
  for (const { definition } of withNeeds(unitsIn(tables))) definitionOf(definition, definitions)
}

/** Refuses options that do not go together. */
const checkTogether = ({ untilDecided, maxSeeds, budget, only }: RunOptions): void => {
  if (!untilDecided) {
    if (maxSeeds === undefined) return
    throw new RetableError('invalid-argument', '--max-seeds needs --until-decided')
  }
  const other = budget ? '--budget' : only ? '--only' : undefined
  if (other === undefined) return
  throw new RetableError(
    'invalid-argument',
    `--until-decided chooses seeds and cells itself; leave ${other} out`,
  )
}
