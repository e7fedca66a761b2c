import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type * as FileSystem from 'node:fs'
import { takeLease, type LeaseHolder } from './lease.js'
import { isDead, thisProcess } from './process-identity.js'

const links = vi.hoisted(() => ({ refuse: false }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>()
  return {
    ...fs,
    linkSync: (from: string, to: string) => {
      if (links.refuse) throw Object.assign(new Error('no links here'), { code: 'EPERM' })
      fs.linkSync(from, to)
    },
  }
})

const execute = promisify(execFile)

// Other processes run what is in the editor.
const folder = mkdtempSync(join(tmpdir(), 'retable-lease-library-'))
const lib = join(folder, 'lease.mjs')
beforeAll(async () => {
  const entry = fileURLToPath(new URL('lease.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile: lib, bundle: true, platform: 'node', format: 'esm' })
})
afterAll(() => rmSync(folder, { recursive: true }))

const leaseFile = () => join(mkdtempSync(join(tmpdir(), 'retable-lease-')), 'leases', 'unit.lease')

const held = (path: string, holder: Partial<LeaseHolder>) => {
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

test('a lease is held by one, and free after its release', () => {
  const path = leaseFile()
  const first = takeLease(path)
  expect(first.taken).toBe(true)
  const second = takeLease(path)
  expect(second).toMatchObject({ taken: false, holder: { pid: process.pid, host: hostname() } })
  if (first.taken) first.release()
  expect(existsSync(path)).toBe(false)
  expect(takeLease(path).taken).toBe(true)
})

test('the lease of a dead process is broken, and leaves nothing behind', async () => {
  const path = leaseFile()
  held(path, { pid: await deadPid(), started: '1' })
  const lease = takeLease(path)
  expect(lease.taken).toBe(true)
  expect(readdirSync(dirname(path))).toEqual(['unit.lease'])
})

test('the lease of a process whose number was given to another is broken', () => {
  const path = leaseFile()
  expect(thisProcess().started).not.toBe('')
  held(path, { started: '1' })
  expect(takeLease(path).taken).toBe(true)
})

test('a running process keeps its lease', async () => {
  const path = leaseFile()
  const child = spawn('sleep', ['30'])
  held(path, { pid: child.pid!, started: '' })
  expect(takeLease(path).taken).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(takeLease(path).taken).toBe(true)
})

test('a lease of another machine is not broken while it is renewed', async () => {
  const path = leaseFile()
  held(path, { pid: await deadPid(), host: 'elsewhere' })
  expect(takeLease(path)).toMatchObject({ taken: false, holder: { host: 'elsewhere' } })
  expect(isDead({ ...thisProcess(), host: 'elsewhere', pid: await deadPid() })).toBe(false)
})

test('while another process breaks a dead lease, it is not taken from under it', async () => {
  const path = leaseFile()
  held(path, { pid: await deadPid(), nonce: 'dead' })
  const breaking = takeLease(`${path}.dead`)
  expect(takeLease(path).taken).toBe(false)
  if (breaking.taken) breaking.release()
  expect(takeLease(path).taken).toBe(true)
})

test('a breaker that died is no obstacle', async () => {
  const path = leaseFile()
  const pid = await deadPid()
  held(path, { pid, nonce: 'dead' })
  held(`${path}.dead`, { pid, nonce: 'dead2' })
  expect(takeLease(path).taken).toBe(true)
})

test('an empty lease file counts as held for a minute and as abandoned after', () => {
  const path = leaseFile()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  expect(takeLease(path)).toEqual({ taken: false, holder: undefined })
  const before = new Date(Date.now() - 120_000)
  utimesSync(path, before, before)
  expect(takeLease(path).taken).toBe(true)
})

test('a release after the lease was taken over leaves the new one alone', () => {
  const path = leaseFile()
  const first = takeLease(path)
  held(path, { nonce: 'another' })
  if (first.taken) first.release()
  expect(takeLease(path)).toMatchObject({ taken: false, holder: { nonce: 'another' } })
})

/** Gives a lease's file the time that it would have after so many seconds without renewal. */
const age = (path: string, seconds: number): void => {
  const then = new Date(statSync(path).mtimeMs - seconds * 1000)
  utimesSync(path, then, then)
}

test.each<[string, Partial<LeaseHolder>]>([
  ['another machine', { host: 'elsewhere' }],
  ['another start of this machine, or another machine of its name', { boot: 'other' }],
  ['another PID namespace, as containers have', { pidNamespace: 'pid:[1]' }],
])(
  'a process of %s may be alive whatever its number: only time breaks its lease',
  async (_name, holder) => {
    const path = leaseFile()
    held(path, { pid: await deadPid(), ...holder })
    expect(takeLease(path)).toMatchObject({ taken: false, holder })
    age(path, 299)
    expect(takeLease(path).taken).toBe(false)
    age(path, 2)
    expect(takeLease(path).taken).toBe(true)
    expect(readdirSync(dirname(path))).toEqual(['unit.lease'])
  },
)

test('a lease that was not renewed is anybody’s, and its holder sees that it is lost', () => {
  const path = leaseFile()
  const first = takeLease(path)
  if (!first.taken) throw new Error('not taken')
  expect(first.stillHeld()).toBe(true)
  age(path, 400)
  // As long as nobody has taken it, it can be renewed.
  expect(first.stillHeld()).toBe(true)
  expect(takeLease(path).taken).toBe(false)
  age(path, 400)
  const second = takeLease(path)
  expect(second.taken).toBe(true)
  expect(first.lost.aborted).toBe(false)
  expect(first.stillHeld()).toBe(false)
  expect(first.lost.aborted).toBe(true)
  first.release()
  expect(second.taken && second.stillHeld()).toBe(true)
})

test('a lease is renewed while the event loop is kept busy, and its loss is reported', async () => {
  const path = leaseFile()
  const lease = takeLease(path, { seconds: 1 })
  if (!lease.taken) throw new Error('not taken')
  await sleep(300)
  const began = performance.now()
  while (performance.now() - began < 2000);
  expect(takeLease(path, { seconds: 1 }).taken).toBe(false)
  held(path, { nonce: 'another' })
  await new Promise((resolve) => lease.lost.addEventListener('abort', resolve))
  expect(lease.stillHeld()).toBe(false)
  lease.release()
  expect(existsSync(path)).toBe(true)
})

test('the time is that of the file system, whatever this host’s clock says', () => {
  const path = leaseFile()
  const lease = takeLease(path)
  const { now } = Date
  onTestFinished(() => void (Date.now = now))
  Date.now = () => now() + 86_400_000
  expect(takeLease(path).taken).toBe(false)
  if (lease.taken) lease.release()
})

test('on a disk without hard links a lease is taken once', () => {
  links.refuse = true
  onTestFinished(() => void (links.refuse = false))
  const path = leaseFile()
  const first = takeLease(path)
  expect(first.taken).toBe(true)
  expect(takeLease(path)).toMatchObject({ taken: false, holder: { pid: process.pid } })
  age(path, 400)
  expect(takeLease(path).taken).toBe(true)
  expect(first.taken && first.stillHeld()).toBe(false)
})

test('of many processes that break a dead lease at once, one gets it', async () => {
  const path = leaseFile()
  const script = fileURLToPath(new URL('testing/take-lease.mjs', import.meta.url))
  for (let round = 0; round < 5; round++) {
    held(path, { pid: await deadPid(), nonce: `dead${round}` })
    const start = Date.now() + 600
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { stdout } = await execute(process.execPath, [script, lib, path, String(start)])
        return stdout.trim()
      }),
    )
    expect(answers.sort()).toEqual(['busy', 'busy', 'busy', 'busy', 'busy', 'taken'])
  }
})

test('containers: a lease held in another PID namespace of the same host name is left alone', async ({
  skip,
}) => {
  const path = leaseFile()
  const script = fileURLToPath(new URL('testing/take-lease.mjs', import.meta.url))
  const words = [
    '--pid',
    '--fork',
    '--mount-proc',
    process.execPath,
    script,
    lib,
    path,
    '0',
    'hold',
  ]
  const child = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'ignore'] })
  const [said] = await Promise.race([
    once(child.stdout, 'data') as Promise<[Buffer]>,
    once(child, 'exit').then(() => [Buffer.from('')]),
  ])
  if (String(said).trim() !== 'taken') return skip('unshare needs root')
  expect(takeLease(path)).toMatchObject({ taken: false, holder: { host: hostname() } })
  child.stdin.end()
  await once(child, 'exit')
  expect(takeLease(path).taken).toBe(true)
})
