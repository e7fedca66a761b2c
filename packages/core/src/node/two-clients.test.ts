import { execFile } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { refreshFile, refreshFolder } from './file-system-clock.js'
import { readLease, takeLease, type LeaseHolder } from './lease.js'
import { thisProcess } from './process-identity.js'

/** Two mounts of one folder, as `tools/workers/sshfs run COMMAND` makes them. */
const mounts = process.env['FOLDERS']?.split(',')
const execute = promisify(execFile)

describe.skipIf(mounts === undefined)('two clients of a network file system', () => {
  let a: string
  let b: string
  beforeEach(() => {
    const folder = mkdtempSync(join(process.env['SERVED']!, 'clients-'))
    a = join(mounts![0]!, basename(folder))
    b = join(mounts![1]!, basename(folder))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  })

  test('a listing is new after refreshFolder', () => {
    expect(readdirSync(b)).toEqual([])
    writeFileSync(join(a, 'one'), '')
    refreshFolder(b)
    expect(readdirSync(b)).toEqual(['one'])
  })

  test('a file that another client replaced is read whole after refreshFile', () => {
    writeFileSync(join(a, 'file'), 'short')
    expect(readFileSync(join(b, 'file'), 'utf8')).toBe('short')
    writeFileSync(join(a, 'new'), 'longer than before')
    renameSync(join(a, 'new'), join(a, 'file'))
    const file = openSync(join(b, 'file'), 'r')
    refreshFile(file)
    expect(readFileSync(file, 'utf8')).toBe('longer than before')
    closeSync(file)
  })

  test('a lease that was taken over on another client names its new holder', () => {
    const [path, seen] = [join(a, 'unit.lease'), join(b, 'unit.lease')]
    const held = (holder: Partial<LeaseHolder>) =>
      writeFileSync(path, JSON.stringify({ ...thisProcess(), since: '', ...holder }))
    held({ host: 'short', nonce: 'n1' })
    expect(readLease(seen)?.nonce).toBe('n1')
    rmSync(path)
    held({ host: 'a-longer-name-than-before', nonce: 'n2' })
    expect(takeLease(seen)).toMatchObject({ taken: false, holder: { nonce: 'n2' } })
  })

  test('of processes on both that give files a name at once, one gets it', async () => {
    const lib = join(a, 'files.mjs')
    const entry = fileURLToPath(new URL('files.ts', import.meta.url))
    await build({
      entryPoints: [entry],
      outfile: lib,
      bundle: true,
      platform: 'node',
      format: 'esm',
    })
    const script = fileURLToPath(new URL('testing/take-names.mjs', import.meta.url))
    const start = String(Date.now() + 3000)
    const taken = await Promise.all(
      [a, b].map(async (folder) => {
        const { stdout } = await execute(process.execPath, [script, lib, folder, start])
        return JSON.parse(stdout) as number[]
      }),
    )
    expect(taken.flat().sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  }, 60_000)
})
