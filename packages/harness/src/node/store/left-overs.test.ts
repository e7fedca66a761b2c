import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { takeLease } from '@retable/core/node'
import { expect, test } from 'vitest'
import { encodeResult } from '../../unit/result-file.js'
import { madeUpResult, temporaryFolder } from '../testing/store-helpers.js'
import { captureCommand } from '../testing/toy-command.js'
import { leftOversOf, removeLeftOvers } from './left-overs.js'
import { claimName } from './publish.js'
import { openStore } from './store.js'

const begun = madeUpResult({ net: 'begun' })
const finished = madeUpResult({ net: 'finished' })

/** A store as a process leaves it that is killed between publishing and cleaning up. */
const killed = () => {
  const store = openStore(temporaryFolder())
  store.prepare()
  store.write(finished)
  for (const { key } of [begun, finished]) {
    const folder = store.takeWorkDir(key, 'n1')
    writeFileSync(join(folder, 'attempts.json'), '{}')
    writeFileSync(join(folder, 'checkpoint.bin'), Buffer.alloc(2_000_000))
  }
  const dead = { host: 'gone', boot: '', pidNamespace: '', pid: 1, started: '', since: '', nonce: 'n1' } // prettier-ignore
  writeFileSync(store.leasePath(finished.key), JSON.stringify(dead))
  const then = new Date(Date.now() - 7_200_000)
  utimesSync(store.leasePath(finished.key), then, then)
  const temporary = join(store.dir, '.work', '..gitignore.0.tmp')
  writeFileSync(temporary, '')
  utimesSync(temporary, then, then)
  return { store, temporary }
}

test('what a killed process has left of finished units is found and removed; what can be resumed is not', () => {
  const { store, temporary } = killed()
  expect(leftOversOf(store).map(({ what }) => what)).toEqual([
    'checkpoints of a finished unit',
    'lease of a finished unit',
    'unfinished file',
  ])
  expect(leftOversOf(store)[0]!.bytes).toBe(2_000_002)
  removeLeftOvers(store)
  expect(leftOversOf(store)).toEqual([])
  expect(store.workDir(finished.key)).toBeUndefined()
  expect(existsSync(join(store.workDir(begun.key)!, 'checkpoint.bin'))).toBe(true)
  expect(existsSync(temporary)).toBe(false)
  expect(readdirSync(join(store.dir, '.work', 'leases'))).toEqual([])
})

test('nothing of a unit that somebody runs is removed', () => {
  const { store } = killed()
  const lease = takeLease(store.leasePath(finished.key))
  expect(lease.taken).toBe(true)
  removeLeftOvers(store)
  expect(store.workDir(finished.key)).toBeDefined()
  expect(lease.taken && lease.stillHeld()).toBe(true)
})

test('a publication that was cut off is finished', () => {
  const { store } = killed()
  writeFileSync(join(store.dir, 'runs', claimName(begun.key)), encodeResult(begun).text)
  removeLeftOvers(store)
  expect(store.find(begun.key)?.result).toEqual(begun)
})

test('verify lists left-overs, and the next run removes them although it has nothing to make', async () => {
  const { store } = killed()
  const words = ['--results', store.dir]
  const verify = captureCommand()
  expect(await verify.run(['verify', ...words])).toBe(0)
  expect(verify.out()).toContain('checkpoints of a finished unit')
  expect(verify.out()).toContain('3 left-overs of processes that were killed (2.0 MB)')
  const run = captureCommand()
  expect(await run.run(['run', 'toy-count', ...words])).toBe(0)
  expect(run.out()).toContain('2.0 MB removed that a process which was killed had left')
  expect(leftOversOf(store)).toEqual([])
})

test('a folder of results that does not exist, or can only be read, has no left-overs to remove', () => {
  const store = openStore(join(temporaryFolder(), 'none'))
  expect(leftOversOf(store)).toEqual([])
  mkdirSync(store.dir)
  expect(removeLeftOvers(store)).toEqual([])
})
