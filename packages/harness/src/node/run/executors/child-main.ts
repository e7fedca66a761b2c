import { unpackUnit, type UnitDefinitions } from '../../../unit/pack.js'
import type { RunSettings } from '../../../unit/settings.js'
import { openStore } from '../../store/store.js'
import { runUnit } from '../run-unit.js'
import { onceEach, type Services } from '../services.js'
import { parentMessage, type ChildMessage, type ParentMessage } from './messages.js'
import { packError } from '../../../unit/plain-error.js'
import { readMessage } from '../../../unit/shape.js'
import { throttled } from '../../../unit/throttled.js'

/** The channel to a parent process; `process` in a child. */
export interface ParentChannel {
  readonly connected: boolean
  send?(message: ChildMessage, callback: () => void): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(
    event: 'disconnect' | 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGUSR2',
    listener: () => void,
  ): unknown
}

/** What a child knows by itself: the code that units run, and how to open what they use. */
export interface ChildParts {
  readonly definitions: UnitDefinitions
  readonly servicesFor: (settings: RunSettings, signal: AbortSignal) => Services
  readonly parent?: ParentChannel
}

/**
 * Runs the units that the parent sends, one after the other, and tells it how they go, until the parent ends the
 * connection. Ends a unit at a step when the parent says stop or is gone; signals to the whole group are left to the
 * parent.
 */
export const runAsChild = async ({
  definitions,
  servicesFor,
  parent = process,
}: ChildParts): Promise<void> => {
  let unitAborter = new AbortController()
  let isOver = false
  let wake = (): void => undefined
  const sent: Extract<ParentMessage, { type: 'run' }>[] = []
  const send = (message: ChildMessage): Promise<void> =>
    new Promise((resolve) => {
      if (parent.connected && parent.send) parent.send(message, () => resolve())
      else resolve()
    })
  const end = (why: string) => {
    isOver = true
    unitAborter.abort(new Error(why))
    wake()
  }
  parent.on('message', (received) => {
    let message: ParentMessage
    try {
      message = readMessage(parentMessage, received, 'the parent process')
    } catch (error) {
      void send({ type: 'error', error: packError(error) })
      return end('the parent process is of another version')
    }
    if (message.type === 'stop') return unitAborter.abort(new Error('stop'))
    if (message.type === 'end') return end('there are no more units')
    sent.push(message)
    wake()
  })
  parent.on('disconnect', () => end('the parent process is gone'))
  // It may have died while this process was starting.
  if (!parent.connected) end('the parent process is gone')
  parent.on('SIGHUP', () => undefined)
  parent.on('SIGINT', () => undefined)
  // A scheduler sends the one or the other to all processes of a job.
  parent.on('SIGTERM', () => end('SIGTERM'))
  parent.on('SIGUSR2', () => end('SIGUSR2'))
  let open: { readonly text: string; readonly services: ReturnType<typeof onceEach> } | undefined
  /** What units of the same backend, data and threads share. */
  const shared = async (settings: RunSettings): Promise<Services> => {
    const { backend, data, threads } = settings
    const text = JSON.stringify({ backend, data, threads })
    if (open?.text === text) return open.services
    await open?.services.close()
    open = { text, services: onceEach(servicesFor(settings, unitAborter.signal)) }
    return open.services
  }
  for (;;) {
    await send({ type: 'ready' })
    while (sent.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve))
    const next = sent.shift()
    if (!next || isOver) break
    const { unit, settings } = next
    try {
      const outcome = await runUnit({
        unit: unpackUnit(unit, definitions),
        settings,
        services: await shared(settings),
        store: openStore(settings.results),
        listener: {
          started: () => void send({ type: 'started' }),
          progress: throttled((progress) => void send({ type: 'progress', progress })),
          log: (line) => void send({ type: 'log', line }),
        },
        signal: unitAborter.signal,
      })
      if (outcome.type !== 'busy') await send({ type: 'outcome', outcome: outcome.type })
      else if (outcome.holder) await send({ type: 'busy', holder: outcome.holder })
      else await send({ type: 'busy' })
    } catch (error) {
      await send({ type: 'error', error: packError(error) })
    }
    if (unitAborter.signal.aborted) {
      // Data that is being opened for a unit that was stopped is of no use to the next.
      unitAborter = new AbortController()
      await open?.services.close()
      open = undefined
    }
  }
  await open?.services.close()
}
