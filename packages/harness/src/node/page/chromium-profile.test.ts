import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeProfile, removeAbandonedProfiles, removeProfile } from './chromium-profile.js'

const before = process.env['TMPDIR']
let temporary: string
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'profiles-'))
  process.env['TMPDIR'] = temporary
})
afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(temporary, { recursive: true, force: true })
})

/** The number of a process that has ended. */
const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid

/** Makes the owner of a profile a process that has ended. */
const endOwner = (profile: string): void => {
  const file = join(profile, 'retable-owner.json')
  const owner = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...owner, pid: endedPid() }))
}

const lock = (profile: string, pid: number): void =>
  symlinkSync(`${hostname()}-${pid}`, join(profile, 'SingletonLock'))

test('the profile of a process that lives is kept, and removed when asked', () => {
  const profile = makeProfile()
  removeAbandonedProfiles()
  expect(existsSync(profile)).toBe(true)
  removeProfile(profile)
  expect(existsSync(profile)).toBe(false)
})

test('the folder that Chromium made for its socket goes with the profile, and no folder elsewhere', () => {
  const [beside, elsewhere] = [join(temporary, 'org.chromium.x'), join(temporary, 'mine/sockets')]
  for (const folder of [beside, elsewhere]) {
    mkdirSync(folder, { recursive: true })
    const profile = makeProfile()
    symlinkSync(join(folder, 'SingletonSocket'), join(profile, 'SingletonSocket'))
    removeProfile(profile)
  }
  expect([existsSync(beside), existsSync(elsewhere)]).toEqual([false, true])
})

test('a killed command: its profile goes at once if Chromium removed its lock', () => {
  const profile = makeProfile()
  endOwner(profile)
  removeAbandonedProfiles()
  expect(existsSync(profile)).toBe(false)
})

test('a killed command: its profile goes if the Chromium that locked it is dead, and not before', () => {
  const alive = makeProfile()
  endOwner(alive)
  lock(alive, process.pid)
  const dead = makeProfile()
  endOwner(dead)
  lock(dead, endedPid())
  removeAbandonedProfiles()
  expect([existsSync(alive), existsSync(dead)]).toEqual([true, false])
})

test('a profile of another host is left alone', () => {
  const profile = makeProfile()
  const file = join(profile, 'retable-owner.json')
  const owner = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...owner, host: 'elsewhere', pid: endedPid() }))
  removeAbandonedProfiles()
  expect(existsSync(profile)).toBe(true)
})
