const events = ['uncaughtException', 'unhandledRejection'] as const

/**
 * Calls a function and leaves the process's listeners as they were before.
 *
 * tfjs's Emscripten modules add listeners that throw whatever is unhandled, and when disposed of take everybody's
 * listeners away with their own.
 */
export const restoringListeners = <T>(call: () => T): T => {
  const before = events.map((event) => process.listeners(event as 'uncaughtException'))
  const restore = (): void => {
    events.forEach((event, i) => {
      const now = process.listeners(event as 'uncaughtException')
      for (const listener of now)
        if (!before[i]!.includes(listener)) process.removeListener(event, listener)
      for (const listener of before[i]!)
        if (!now.includes(listener)) process.on(event as 'uncaughtException', listener)
    })
  }
  return afterwards(call, restore)
}

/** Calls a function and leaves the named globals as they were before: Emscripten's module makes Node's Worker one, which libraries take for the sign of a browser. */
export const restoringGlobals = <T>(names: readonly string[], call: () => T): T => {
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
  const restore = (): void => {
    names.forEach((name, i) => {
      const descriptor = before[i]
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else Reflect.deleteProperty(globalThis, name)
    })
  }
  return afterwards(call, restore)
}

/** Calls a function, and then another, whether it returned, threw, resolved or rejected. */
const afterwards = <T>(call: () => T, then: () => void): T => {
  let result: T
  try {
    result = call()
  } catch (error) {
    then()
    throw error
  }
  if (result instanceof Promise) return result.finally(then) as T
  then()
  return result
}
