import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { tryLock, type LockHolder } from './lock.js'
import { isDead, thisProcess } from './process-identity.js'

const lockFile = () => join(mkdtempSync(join(tmpdir(), 'retable-lock-')), 'locks', 'unit.lock')

const held = (path: string, holder: Partial<LockHolder>) => {
  mkdirSync(dirname(path), { recursive: true })
  const whole = { ...thisProcess(), since: new Date().toISOString(), nonce: 'n1', ...holder }
  writeFileSync(path, JSON.stringify(whole))
}

/** A process that was and is no more. */
const deadPid = async (): Promise<number> => {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid!
}

test('a lock is held by one, and free after its release', () => {
  const path = lockFile()
  const first = tryLock(path)
  expect(first.taken).toBe(true)
  const second = tryLock(path)
  expect(second).toMatchObject({ taken: false, holder: { pid: process.pid, host: hostname() } })
  if (first.taken) first.release()
  expect(existsSync(path)).toBe(false)
  expect(tryLock(path).taken).toBe(true)
})

test('the lock of a dead process is broken, and leaves nothing behind', async () => {
  const path = lockFile()
  held(path, { pid: await deadPid(), started: 'boot:1' })
  const lock = tryLock(path)
  expect(lock.taken).toBe(true)
  expect(readdirSync(dirname(path))).toEqual(['unit.lock'])
})

test('the lock of a process whose number was given to another is broken', () => {
  const path = lockFile()
  expect(thisProcess().started).not.toBe('')
  held(path, { started: 'boot:1' })
  expect(tryLock(path).taken).toBe(true)
})

test('a living process keeps its lock', async () => {
  const path = lockFile()
  const child = spawn('sleep', ['30'])
  held(path, { pid: child.pid!, started: '' })
  expect(tryLock(path).taken).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(tryLock(path).taken).toBe(true)
})

test('a lock of another machine is never broken', async () => {
  const path = lockFile()
  held(path, { pid: await deadPid(), host: 'elsewhere' })
  expect(tryLock(path)).toMatchObject({ taken: false, holder: { host: 'elsewhere' } })
  expect(isDead({ host: 'elsewhere', pid: 1, started: '' })).toBe(false)
})

test('while another process breaks a dead lock, it is not taken from under it', async () => {
  const path = lockFile()
  held(path, { pid: await deadPid(), nonce: 'dead' })
  const breaking = tryLock(`${path}.dead`)
  expect(tryLock(path).taken).toBe(false)
  if (breaking.taken) breaking.release()
  expect(tryLock(path).taken).toBe(true)
})

test('a breaker that died is no obstacle', async () => {
  const path = lockFile()
  const pid = await deadPid()
  held(path, { pid, nonce: 'dead' })
  held(`${path}.dead`, { pid, nonce: 'dead2' })
  expect(tryLock(path).taken).toBe(true)
})

test('an empty lock file counts as held for a minute and as abandoned after', () => {
  const path = lockFile()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  expect(tryLock(path)).toEqual({ taken: false, holder: undefined })
  const before = new Date(Date.now() - 120_000)
  utimesSync(path, before, before)
  expect(tryLock(path).taken).toBe(true)
})

test('a release after the lock was taken over leaves the new one alone', () => {
  const path = lockFile()
  const first = tryLock(path)
  held(path, { nonce: 'another' })
  if (first.taken) first.release()
  expect(tryLock(path)).toMatchObject({ taken: false, holder: { nonce: 'another' } })
})
