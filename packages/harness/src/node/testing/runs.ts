import type { PlanSettings, RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'
import { makeUnits, type RunEvent, type ScheduleOptions } from '../run/schedule.js'
import { createInProcessExecutor } from '../run/executors/in-process.js'
import type { Services } from '../run/services.js'
import type { Store } from '../store/store.js'

/** Services that give a cpu backend and data with one fingerprint. */
export const plainServices = (changes: Partial<Services> = {}): Services => ({
  useBackend: async () => ({ name: 'cpu' }),
  openData: async () => ({ fingerprint: 'f'.repeat(64) }),
  packages: { '@retable/core': '1.0.0' },
  ...changes,
})

/** What units of a toy table are planned with. */
export const plainPlan: PlanSettings = {
  reproduction: 'toy-table1',
  tier: 'synthetic',
  overrides: {},
  seeds: [1],
}

/** Settings of a run into a store. */
export const plainSettings = (
  { dir }: Pick<Store, 'dir'>,
  changes: Partial<RunSettings> = {},
): RunSettings => ({
  plan: plainPlan,
  results: dir,
  backend: 'cpu',
  workers: 0,
  checkpointMinutes: 5,
  logs: [],
  force: false,
  restart: false,
  command: ['toy', 'run'],
  ...changes,
})

/** Makes units in this process and keeps the events. */
export const makeHere = async (
  units: readonly Unit[],
  store: Store,
  {
    services = {},
    settings = {},
    ...options
  }: Partial<ScheduleOptions> & {
    services?: Partial<Services>
    settings?: Partial<RunSettings>
  } = {},
): Promise<{
  readonly outcome: Awaited<ReturnType<typeof makeUnits>>
  readonly events: readonly RunEvent[]
}> => {
  const events: RunEvent[] = []
  const executor = createInProcessExecutor({ services: plainServices(services), store })
  const given = plainSettings(store, settings)
  const outcome = await makeUnits(units, {
    store,
    execute: (unit, listener, signal) => executor.run({ unit, settings: given, listener, signal }),
    signal: new AbortController().signal,
    pollEvery: 20,
    ...options,
    onEvent: (event) => {
      events.push(event)
      options.onEvent?.(event)
    },
  })
  return { outcome, events }
}
