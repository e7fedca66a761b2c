import { rmSync } from 'node:fs'
import { afterAll, beforeAll } from 'vitest'
import { executorContract } from '../../testing/executor-contract.js'
import { toyOptions } from '../../testing/toy-command.js'
import { bundleToyBin } from '../../testing/toy-process.js'
import { createChildExecutor } from './child.js'
import { createInProcessExecutor } from './in-process.js'

let entry: string
beforeAll(async () => {
  entry = await bundleToyBin()
})
afterAll(() => rmSync(entry, { force: true }))

executorContract('in-process', {
  make: (store) =>
    createInProcessExecutor({
      store,
      services: {
        useBackend: async () => toyOptions.useBackend!('cpu', {}),
        openData: async (request) =>
          toyOptions.openData!(request, {
            dir: 'data',
            signal: new AbortController().signal,
          }),
        packages: toyOptions.packages!,
      },
    }),
  isKillable: false,
})

executorContract('child', {
  make: (store) => createChildExecutor({ entry, store }),
  isKillable: true,
})

executorContract('child, used again', {
  make: (store) => createChildExecutor({ entry, store, reuse: true }),
  isKillable: true,
})
