import type { Progress } from '../../../unit/context.js'
import { unpackUnit, type UnitDefinitions } from '../../../unit/pack.js'
import type { RunSettings } from '../../../unit/settings.js'
import { openStore } from '../../store/store.js'
import { runUnit } from '../run-unit.js'
import { onceEach, type Services } from '../services.js'
import type { ChildMessage, ParentMessage } from './messages.js'
import { packError } from '../../../unit/plain-error.js'

/** The channel to a parent process; `process` in a child. */
export interface ParentChannel {
  readonly connected: boolean
  send?(message: ChildMessage, callback: () => void): unknown
  on(event: 'message', listener: (message: ParentMessage) => void): unknown
  on(event: 'disconnect' | 'SIGHUP' | 'SIGINT' | 'SIGTERM', listener: () => void): unknown
}

/** What a child knows by itself: the code that units run, and how to open what they use. */
export interface ChildParts {
  readonly definitions: UnitDefinitions
  readonly servicesFor: (settings: RunSettings, signal: AbortSignal) => Services
  readonly parent?: ParentChannel
}

/**
 * Runs the one unit that the parent sends, and tells it how it goes. Ends the unit at a step when the parent says
 * stop or is gone; signals to the whole group are left to the parent.
 *
 * Returns the exit code.
 */
export const runAsChild = async ({
  definitions,
  servicesFor,
  parent = process,
}: ChildParts): Promise<number> => {
  const controller = new AbortController()
  const send = (message: ChildMessage): Promise<void> =>
    new Promise((resolve) => {
      if (parent.send) parent.send(message, resolve)
      else resolve()
    })
  const abandoned = () => controller.abort(new Error('the parent process is gone'))
  const task = new Promise<Extract<ParentMessage, { type: 'run' }> | undefined>((resolve) => {
    parent.on('message', (message) => {
      if (message.type === 'run') resolve(message)
      else controller.abort(new Error('stop'))
    })
    parent.on('disconnect', () => {
      abandoned()
      resolve(undefined)
    })
    // It may have died while this process was starting.
    if (!parent.connected) resolve(undefined)
  })
  parent.on('SIGHUP', () => undefined)
  parent.on('SIGINT', () => undefined)
  parent.on('SIGTERM', () => controller.abort(new Error('SIGTERM')))
  await send({ type: 'ready' })
  const sent = await task
  if (!sent) return 1
  const { signal } = controller
  const services = onceEach(servicesFor(sent.settings, signal))
  try {
    const outcome = await runUnit({
      unit: unpackUnit(sent.unit, definitions),
      settings: sent.settings,
      services,
      store: openStore(sent.settings.results),
      listener: {
        started: () => void send({ type: 'started' }),
        progress: throttled((progress) => void send({ type: 'progress', progress })),
        log: (line) => void send({ type: 'log', line }),
      },
      signal,
    })
    if (outcome.type !== 'busy') await send({ type: 'outcome', outcome: outcome.type })
    else if (outcome.holder) await send({ type: 'busy', holder: outcome.holder })
    else await send({ type: 'busy' })
    return 0
  } catch (error) {
    await send({ type: 'error', error: packError(error) })
    return 1
  } finally {
    await services.close()
  }
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
