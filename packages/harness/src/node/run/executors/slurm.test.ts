import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { unitKey } from '../../../unit/unit-key.js'
import { openStore } from '../../store/store.js'
import { executorContract } from '../../testing/executor-contract.js'
import { plainSettings } from '../../testing/runs.js'
import { temporaryFolder } from '../../testing/store-helpers.js'
import { trainToy } from '../../testing/toy-paper.js'
import { bundleToyBin } from '../../testing/toy-process.js'
import { createSlurmExecutor } from './slurm.js'

const toy = { net: 'early', error: 20, steps: 1, pause: 0 }

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

    test('a unit that was made between submitting and asking for it counts as made', async () => {
      const store = openStore(temporaryFolder())
      store.prepare()
      const unit = trainToy({ config: toy, seed: 1, label: 'early', cost: 1 })
      const settings = plainSettings(store)
      const executor = createSlurmExecutor({
        store,
        worker: [process.execPath, entry, 'work', '--results', store.dir],
        request: { name: 'early', options: ['--time=5'] },
        lookEvery: 100,
      })
      await executor.submit([{ unit, settings }], 1)
      await vi.waitFor(() => expect(store.find(unitKey(unit))).toBeDefined(), 60_000)
      const listener = { started: vi.fn(), progress: vi.fn(), log: vi.fn() }
      const task = { unit, settings, listener, signal: new AbortController().signal }
      expect((await executor.run(task)).type).toBe('made')
      expect((await executor.run(task)).type).toBe('found')
    })

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
