import type { Unit } from '../../unit/unit.js'
import { makeUnits, type RunEvent, type ScheduleOptions } from '../run/schedule.js'
import { runUnit, type ResumeChoice } from '../run/run-unit.js'
import { onceEach, type Services } from '../run/services.js'
import type { Store } from '../store/store.js'

/** Services that give a cpu backend and data with one fingerprint. */
export const plainServices = (changes: Partial<Services> = {}): Services => ({
  useBackend: async () => ({ name: 'cpu' }),
  openData: async () => ({ fingerprint: 'f'.repeat(64) }),
  packages: { '@retable/core': '1.0.0' },
  threads: undefined,
  command: ['toy', 'run'],
  ...changes,
})

/** Makes units in this process and keeps the events. */
export const makeHere = async (
  units: readonly Unit[],
  store: Store,
  {
    services = {},
    choice = {},
    ...options
  }: Partial<ScheduleOptions> & { services?: Partial<Services>; choice?: ResumeChoice } = {},
): Promise<{
  readonly outcome: Awaited<ReturnType<typeof makeUnits>>
  readonly events: readonly RunEvent[]
}> => {
  const events: RunEvent[] = []
  const given = onceEach(plainServices(services))
  const outcome = await makeUnits(units, {
    store,
    execute: (unit, listener, signal) => runUnit(unit, given, store, listener, signal, choice),
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
