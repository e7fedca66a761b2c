import { RetableError } from '@retable/core'

const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { setImmediate } = globalThis as { setImmediate?: (fn: () => void) => unknown }
    if (setImmediate) setImmediate(resolve)
    else setTimeout(resolve, 0)
  })

/**
 * Lets timers, signals and the screen have their turn, at most every 50 ms: on backends that compute at once a
 * loop of awaits by itself never leaves the current task.
 */
export const makeBreather = (
  now: () => number = () => performance.now(),
): (() => Promise<void>) => {
  let last = now()
  return async () => {
    if (now() - last < 50) return
    await nextTask()
    last = now()
  }
}

/** Throws RetableError `interrupted` if the signal has fired; `how` says how far the work had come. */
export const throwIfAborted = (signal: AbortSignal | undefined, how: () => string): void => {
  if (!signal?.aborted) return
  throw new RetableError('interrupted', how(), { cause: signal.reason as unknown })
}
