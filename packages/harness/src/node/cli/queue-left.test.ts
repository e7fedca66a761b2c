import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planReproduction, unitsOf } from '../../plan/plan.js'
import { withNeeds } from '../../unit/with-needs.js'
import { enqueue, noteFailure } from '../queue/queue.js'
import { openStore } from '../store/store.js'
import { plainSettings } from '../testing/runs.js'
import { captureCommand } from '../testing/toy-command.js'
import { toyTable2 } from '../testing/toy-paper.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { bundleToyBin, startToy, type Ended } from '../testing/toy-process.js'

let bin: string
beforeAll(async () => {
  bin = await bundleToyBin()
})
afterAll(() => rmSync(bin, { force: true }))

/** A folder of programs in which sbatch refuses every job, as Slurm’s does. */
const refusingSlurm = (cwd: string): string => {
  const folder = join(cwd, 'programs')
  mkdirSync(folder)
  const sbatch = join(folder, 'sbatch')
  writeFileSync(
    sbatch,
    '#!/bin/sh\n' +
      'echo "sbatch: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host" >&2\n' +
      'echo "sbatch: error: fetch_config: DNS SRV lookup failed" >&2\n' +
      'echo "sbatch: fatal: Could not establish a configuration source" >&2\n' +
      'exit 1\n',
  )
  chmodSync(sbatch, 0o755)
  return folder
}

const slurm = (cwd: string, folder: string, ...words: readonly string[]): Promise<Ended> =>
  startToy(bin, cwd, ['run', ...words, '--executor', 'slurm'], {
    PATH: [folder, process.env['PATH']].join(delimiter),
  }).ended

const status = async (cwd: string): Promise<string> =>
  (await startToy(bin, cwd, ['status']).ended).out

test('what Slurm refuses is one sentence, and nothing is queued that was not queued before', async () => {
  const cwd = temporaryFolder()
  const folder = refusingSlurm(cwd)
  const refused = await slurm(cwd, folder, 'toy-table1', '--seeds', '1')
  expect(refused.code).toBe(1)
  expect(refused.err).toBe(
    'toy: sbatch failed: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host; ' +
      'fetch_config: DNS SRV lookup failed; Could not establish a configuration source\n',
  )
  expect(await status(cwd)).toContain('nothing is queued in')
})

test('what had failed is marked so again if Slurm refuses to try it', async () => {
  const cwd = temporaryFolder()
  const words = ['toy-faults', '--only', 'thrown']
  await startToy(bin, cwd, ['work', ...words]).ended
  const before = await status(cwd)
  expect(before).toContain('0 waiting, 1 failed of 1')
  expect((await slurm(cwd, refusingSlurm(cwd), 'toy-faults', '--only', 'good,thrown')).code).toBe(1)
  expect(await status(cwd)).toBe(before)
})

test('a worker says what failed and what waits for it, and how to try these again', async () => {
  const cwd = temporaryFolder()
  const words = ['toy-faults', '--only', 'good,thrown', '--steps', '4']
  const { code, out } = await startToy(bin, cwd, ['work', ...words]).ended
  expect(code).toBe(1)
  expect(out).toContain('1 made by this worker; 1 failed; to try again:\n')
  const line = out.trimEnd().split('\n').at(-1)!.trim()
  expect(line).toMatch(/work toy-faults --steps 4 --only good,thrown --backend auto$/)
  const again = await startToy(bin, cwd, line.slice(line.indexOf('work')).split(' ')).ended
  expect(again.out).toContain('0 made by this worker; 1 failed')
  const { out: nothing } = await startToy(bin, cwd, ['work', 'toy-faults', '--only', 'good']).ended
  expect(nothing).toContain('1 failed')
})

test('work refuses a backend and a folder of data sets that are not there, as run does', async () => {
  const cwd = temporaryFolder()
  const backend = await startToy(bin, cwd, ['work', 'toy-table1', '--backend', 'cup']).ended
  expect([backend.code, backend.err]).toEqual([2, expect.stringContaining('unknown backend "cup"')])
  const data = await startToy(bin, cwd, ['work', 'toy-table1', '--data', 'none/data']).ended
  expect([data.code, data.err]).toEqual([1, expect.stringContaining('to make data in')])
})

test('what waits for a unit that failed is not called done', async () => {
  const store = openStore(temporaryFolder())
  const command = ['toy', 'run', 'toy-table2', '--seeds', '1', '--results', 'elsewhere']
  const units = withNeeds(unitsOf(planReproduction(toyTable2, { seeds: [1] })))
  const settings = plainSettings(store, { command })
  enqueue(
    store,
    units.map((unit) => ({ unit, settings })),
  )
  const error = { message: 'no weights', code: 'not-found' } as const
  for (const unit of units.filter(({ definition }) => definition.kind === 'train-toy')) {
    noteFailure(store, unit, { error, host: 'another', time: '2026-01-01T00:00:00.000Z' })
  }
  const toy = captureCommand()
  expect(await toy.run(['work', '--results', store.dir])).toBe(1)
  expect(toy.out()).toContain(
    '0 made by this worker; 2 failed and 4 wait for what failed; to try again:\n' +
      `  toy work toy-table2 --seeds 1 --results ${store.dir}\n`,
  )
})
