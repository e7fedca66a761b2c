import type { Store } from '../../store/store.js'
import { runUnit } from '../run-unit.js'
import { onceEach, type Services } from '../services.js'
import type { Executor } from './executor.js'

/** Runs units in this process: one backend and each data set once for all of them. A crash ends them all. */
export const createInProcessExecutor = (options: {
  readonly services: Services
  readonly store: Store
}): Executor => {
  const { store } = options
  const services = onceEach(options.services)
  return {
    name: 'in-process',
    run: (task) => runUnit({ ...task, services, store }),
    // What runs here ends with the process.
    kill: () => undefined,
    close: () => services.close(),
  }
}
