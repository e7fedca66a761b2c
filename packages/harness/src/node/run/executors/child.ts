import { fork, type ChildProcess } from 'node:child_process'
import { RetableError } from '@retable/core/host'
import type { Unit } from '../../../unit/unit.js'
import { unitName } from '../../display/unit-text.js'
import type { Store } from '../../store/store.js'
import { unitKey } from '../../../unit/unit-key.js'
import type { UnitListener } from '../../../unit/listener.js'
import type { UnitOutcome, UnitTask } from '../task.js'
import { packUnit } from '../../../unit/pack.js'
import type { Executor } from './executor.js'
import { childMessage, childWord, type ChildMessage, type ParentMessage } from './messages.js'
import { unpackError } from '../../../unit/plain-error.js'
import { readMessage } from '../../../unit/shape.js'

/**
 * Runs each unit in a process of its own, so that a crash or lack of memory ends that unit only. A child is sent
 * `{ unit, settings }` as JSON, and plans nothing.
 */
export const createChildExecutor = ({
  entry,
  store,
  reuse = false,
}: {
  /** The script that is this command; with the word `run-unit` it runs what it is sent. */
  readonly entry: string
  readonly store: Store
  /** Give a process the next unit after one that ended well: it has its backend and data already (default: false). */
  readonly reuse?: boolean
}): Executor => {
  const children = new Set<ChildProcess>()
  const idle: ChildProcess[] = []
  const start = (): ChildProcess => {
    const child = fork(entry, [childWord], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    children.add(child)
    child.on('close', () => {
      children.delete(child)
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1)
    })
    return child
  }
  const run = ({ unit, settings, listener, signal }: UnitTask): Promise<UnitOutcome> =>
    new Promise((resolve, reject) => {
      const known = idle.pop()
      const child = known ?? start()
      const tail = keepTail(child)
      let isSent = false
      let outcome: (() => UnitOutcome) | undefined
      let failure: Error | undefined
      const send = (message: ParentMessage) => {
        if (child.connected) child.send(message, () => undefined)
      }
      const stop = () => send({ type: 'stop' })
      const sendUnit = () => {
        isSent = true
        send({ type: 'run', unit: packUnit(unit), settings })
        if (signal.aborted) stop()
      }
      const onMessage = (received: unknown) => {
        let message: ChildMessage
        try {
          message = readMessage(childMessage, received, `the process of ${unitName(unit)}`)
        } catch (error) {
          failure = error as Error
          child.kill('SIGKILL')
          return
        }
        if (message.type === 'ready') {
          if (!isSent) return sendUnit()
          // The unit has ended.
          if (!reuse || !outcome) return send({ type: 'end' })
          idle.push(child)
          return finish(null, null)
        }
        outcome = outcomeOf(message, unit, store) ?? outcome
        if (message.type === 'error') failure = unpackError(message.error)
        tell(listener, message)
      }
      const onError = (error: Error) => {
        failure ??= new RetableError('unavailable', `no process could be started: ${error.message}`)
        if (child.pid === undefined) finish(null, null)
      }
      const finish = (code: number | null, killedBy: NodeJS.Signals | null): void => {
        signal.removeEventListener('abort', stop)
        child.off('message', onMessage).off('error', onError).off('close', finish)
        tail.stop()
        try {
          if (outcome) return resolve(outcome())
          reject(failure ?? crashed(unit, code, killedBy, tail.text()))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      signal.addEventListener('abort', stop, { once: true })
      child.on('message', onMessage).on('error', onError).on('close', finish)
      if (known) sendUnit()
    })
  return {
    name: 'child',
    run,
    kill: () => {
      for (const child of children) child.kill('SIGKILL')
    },
    close: async () => {
      await Promise.all(
        idle.splice(0).map((child) => {
          const closed = new Promise((resolve) => child.once('close', resolve))
          if (child.connected) child.send({ type: 'end' } satisfies ParentMessage, () => undefined)
          return closed
        }),
      )
    },
  }
}

const outcomeOf = (
  message: ChildMessage,
  unit: Unit,
  store: Store,
): (() => UnitOutcome) | undefined => {
  if (message.type === 'busy') return () => ({ type: 'busy', holder: message.holder })
  if (message.type !== 'outcome') return undefined
  return () => {
    // Read back from the disk: what counts is what was kept.
    const found = store.find(unitKey(unit))
    if (found) return { type: message.outcome, ...found }
    throw new RetableError(
      'not-found',
      `the result of ${unitName(unit)} is no longer in ${store.dir}`,
    )
  }
}

const tell = (listener: UnitListener, message: ChildMessage): void => {
  if (message.type === 'started') listener.started()
  else if (message.type === 'progress') listener.progress(message.progress)
  else if (message.type === 'log') listener.log(message.line)
}

/** The last lines that a child printed, for when it dies without saying why. */
const keepTail = (
  child: ChildProcess,
): { readonly stop: () => void; readonly text: () => string } => {
  let text = ''
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-8000)
  }
  const streams = [child.stdout, child.stderr]
  for (const stream of streams) stream?.on('data', add)
  // The native stack that V8 prints last helps nobody here.
  const isOfUse = (line: string) => line.trim() !== '' && !/^\s*\d+: 0x|^-+ .*trace -+$/.test(line)
  return {
    // What is not read would keep the process from closing.
    stop: () => streams.forEach((stream) => stream?.off('data', add).resume()),
    text: () => text.split('\n').filter(isOfUse).slice(-3).join(' | '),
  }
}

const crashed = (
  unit: Unit,
  code: number | null,
  killedBy: NodeJS.Signals | null,
  tail: string,
): RetableError => {
  const how = killedBy === null ? `ended with code ${code}` : `was killed by ${killedBy}`
  const memory =
    killedBy === 'SIGKILL' || killedBy === 'SIGABRT' || code === 134 || code === 137
      ? '; unless somebody killed it, it ran out of memory'
      : ''
  const said = tail === '' ? '' : `; the last that it printed: ${tail}`
  return new RetableError('unavailable', `the process of ${unitName(unit)} ${how}${memory}${said}`)
}
