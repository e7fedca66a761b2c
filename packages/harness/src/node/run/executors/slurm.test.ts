import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe } from 'vitest'
import { executorContract } from '../../testing/executor-contract.js'
import { bundleToyBin } from '../../testing/toy-process.js'
import { createSlurmExecutor } from './slurm.js'

// On a Slurm of its own only, which `tools/slurm/one-node run COMMAND` starts.
describe.skipIf(process.env['RETABLE_TEST_SLURM'] === undefined)(
  'on Slurm',
  { timeout: 120_000 },
  () => {
    let entry: string
    beforeAll(async () => {
      entry = await bundleToyBin()
    })
    afterAll(() => rmSync(entry, { force: true }))

    executorContract('slurm', {
      make: (store) =>
        createSlurmExecutor({
          store,
          worker: [process.execPath, entry, 'work', '--results', store.dir],
          request: { name: 'contract', options: ['--time=5'] },
          lookEvery: 100,
          askEvery: 1000,
        }),
      isKillable: true,
      isDetached: true,
    })
  },
)
