import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcomeHash } from '../run/run-unit.js'
import { openStore } from '../store/store.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { bundleToyBin, startToy, toyLog } from '../testing/toy-process.js'

let bin: string
beforeAll(async () => {
  bin = await bundleToyBin()
})
afterAll(() => rmSync(bin, { force: true }))

const outcomes = (cwd: string): Record<string, string> =>
  Object.fromEntries(
    openStore(join(cwd, 'results'))
      .list()
      .map(({ result }) => [`${result.label} ${result.seed}`, outcomeHash(result)]),
  )

const work = ['work', 'toy-table1', '--seeds', '1,2']
const begun = (cwd: string) => toyLog(cwd).filter((line) => line.startsWith('begin'))

test('three workers on one folder: each unit is run once, with the outcome of one process', async () => {
  const alone = temporaryFolder()
  await startToy(bin, alone, ['run', ...work.slice(1)]).ended
  const cwd = temporaryFolder()
  const ended = await Promise.all([1, 2, 3].map(() => startToy(bin, cwd, work).ended))
  expect(ended.map(({ code, err }) => ({ code, err }))).toEqual(Array(3).fill({ code: 0, err: '' }))
  expect(begun(cwd)).toHaveLength(6)
  expect(outcomes(cwd)).toEqual(outcomes(alone))
  const status = await startToy(bin, cwd, ['status']).ended
  expect(status.out).toContain('6 done, 0 running, 0 waiting, 0 failed of 6')
})

test('a worker that is told to stop (SIGUSR2) writes a checkpoint, and another resumes from it', async () => {
  const cwd = temporaryFolder()
  const hold = join(cwd, 'hold')
  writeFileSync(hold, '')
  const words = ['work', 'toy-faults', '--only', 'good', '--steps', '12']
  const one = startToy(bin, cwd, words, { TOY_HOLD: hold, TOY_HOLD_AT: '3' })
  await one.logged('begin good')
  const running = async () => {
    const { out } = await startToy(bin, cwd, ['status']).ended
    return out
  }
  expect(await running()).toMatch(/0 done, 1 running, .*\n +running +good \(seed 1\), process \d+/)
  one.child.kill('SIGUSR2')
  const ended = await one.ended
  expect(ended.code, ended.err).toBe(140)
  expect(ended.err).toContain('any worker on')
  expect(await running()).toContain('0 done, 0 running, 1 waiting')
  // What is queued needs no ids.
  const two = await startToy(bin, cwd, ['work']).ended
  expect(two.code, two.err).toBe(0)
  expect(toyLog(cwd).some((line) => line.startsWith('resume good'))).toBe(true)
  expect(openStore(join(cwd, 'results')).list()[0]!.result.timing.attempts).toBe(2)
})

test('a worker that is stopped for longer than its lease publishes nothing over another’s result', async () => {
  const cwd = temporaryFolder()
  const env = { RETABLE_LEASE_SECONDS: '2' }
  const words = ['run', 'toy-faults', '--only', 'good', '--steps', '12']
  const hold = join(cwd, 'hold')
  writeFileSync(hold, '')
  const one = startToy(bin, cwd, words, { ...env, TOY_HOLD: hold, TOY_HOLD_AT: '3' })
  await one.logged('begin good')
  one.child.kill('SIGSTOP')
  rmSync(hold)
  const two = await startToy(bin, cwd, ['work', ...words.slice(1)], env).ended
  expect(two.code, two.err).toBe(0)
  const [file] = readdirSync(join(cwd, 'results/runs'))
  one.child.kill('SIGCONT')
  const ended = await one.ended
  expect(ended.code, ended.err).toBe(0)
  expect(readdirSync(join(cwd, 'results/runs'))).toEqual([file])
  expect(ended.out).toContain('(0 made now')
  expect(begun(cwd)).toHaveLength(2)
})

test('a unit that fails is tried by one worker, and status says why', async () => {
  const cwd = temporaryFolder()
  const words = ['work', 'toy-faults', '--only', 'good,thrown']
  expect((await startToy(bin, cwd, words).ended).code).toBe(1)
  const again = await startToy(bin, cwd, ['work']).ended
  expect(again.code).toBe(1)
  expect(again.err).toContain('net thrown broke down')
  expect(again.out).not.toContain('everything that is queued is done')
  expect(begun(cwd).filter((line) => line.includes('thrown'))).toHaveLength(1)
  const { out } = await startToy(bin, cwd, ['status']).ended
  expect(out).toMatch(
    /1 done, 0 running, 0 waiting, 1 failed .*\n +failed +thrown \(seed 1\), on .*broke down/,
  )
})

test('nothing queued is a sentence that says how to queue', async () => {
  const { code, err } = await startToy(bin, temporaryFolder(), ['work']).ended
  expect(code).toBe(1)
  expect(err).toContain('name tables to put them into the queue: toy work ID')
})
