import { RetableError } from '@retable/core/host'
import type { Progress } from '../../../unit/context.js'
import type { Unit } from '../../../unit/unit.js'
import type { Store } from '../../store/store.js'
import { unitKey } from '../../../unit/unit-key.js'
import { packError, type ChildMessage, type ParentMessage } from './messages.js'
import { runUnit, type ResumeChoice } from '../run-unit.js'
import type { Services } from '../services.js'

/** The channel to a parent process; `process` where this is a child. */
export interface ParentChannel {
  readonly connected: boolean
  send?(message: ChildMessage, callback: () => void): unknown
  on(event: 'message', listener: (message: ParentMessage) => void): unknown
  on(event: 'disconnect' | 'SIGHUP' | 'SIGINT' | 'SIGTERM', listener: () => void): unknown
}

/**
 * Makes the one unit of `units` (or of their needs) with this key and tells the parent how it goes. Ends its unit
 * at a step when the parent says stop or is gone; signals to the whole group are left to the parent.
 *
 * Returns the exit code.
 */
export const runAsChild = async (
  key: string,
  units: readonly Unit[],
  services: Services,
  store: Store,
  controller: AbortController,
  choice: ResumeChoice,
  parent: ParentChannel = process,
): Promise<number> => {
  const send = (message: ChildMessage): Promise<void> =>
    new Promise((resolve) => {
      if (parent.send) parent.send(message, resolve)
      else resolve()
    })
  parent.on('message', ({ type }) => {
    if (type === 'stop') controller.abort(new Error('stop'))
  })
  const alone = () => controller.abort(new Error('the parent process is gone'))
  parent.on('disconnect', alone)
  // It may have died while this process was starting.
  if (!parent.connected) alone()
  parent.on('SIGHUP', () => undefined)
  parent.on('SIGINT', () => undefined)
  parent.on('SIGTERM', () => controller.abort(new Error('SIGTERM')))
  try {
    const unit = findUnit(key, units)
    if (!unit) throw new RetableError('not-found', `no unit of this table has the key ${key}`)
    const outcome = await runUnit(
      unit,
      services,
      store,
      {
        started: () => void send({ type: 'started' }),
        progress: throttled((progress) => void send({ type: 'progress', progress })),
        log: (line) => void send({ type: 'log', line }),
      },
      controller.signal,
      choice,
    )
    if (outcome.type !== 'busy') await send({ type: 'outcome', outcome: outcome.type })
    else if (outcome.holder) await send({ type: 'busy', holder: outcome.holder })
    else await send({ type: 'busy' })
    return 0
  } catch (error) {
    await send({ type: 'error', error: packError(error) })
    return 1
  }
}

const findUnit = (key: string, units: readonly Unit[]): Unit | undefined => {
  for (const unit of units) {
    const found = unitKey(unit) === key ? unit : findUnit(key, Object.values(unit.needs))
    if (found) return found
  }
  return undefined
}

/** At most five messages a second; the last step is always told. */
const throttled = (tell: (progress: Progress) => void): ((progress: Progress) => void) => {
  let last = -Infinity
  return (progress) => {
    const now = performance.now()
    if (now - last < 200 && progress.step < progress.steps) return
    last = now
    tell(progress)
  }
}
