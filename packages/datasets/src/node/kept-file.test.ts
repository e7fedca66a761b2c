import { readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { temporaryFolder } from './testing/small-cifar.js'
import { defaultCacheDir, keepFile, readKept } from './kept-file.js'

let dir = ''
let remove = async () => {}
beforeAll(async () => ({ dir, remove } = await temporaryFolder()))
afterAll(() => remove())

const KIND = 'retable-test 1'

it('is read as it was kept, whatever it holds', async () => {
  const path = join(dir, 'below/kept')
  expect(await readKept(path, KIND)).toBeUndefined()
  for (const content of ['', '{"a":1}', 'two\nlines\n', 'grün\t\0']) {
    await keepFile(path, KIND, content)
    expect(await readKept(path, KIND)).toBe(content)
  }
})

it('counts as not there with any bit of it flipped, cut anywhere, or of another version', async () => {
  const path = join(dir, 'damaged')
  await keepFile(path, KIND, '{"labels":[1,2]}\nü\n')
  const bytes = await readFile(path)
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes)
    flipped[at]! ^= 1 << (at % 8)
    for (const damaged of [flipped, bytes.subarray(0, at)]) {
      await writeFile(path, damaged)
      expect(await readKept(path, KIND), `byte ${at}`).toBeUndefined()
    }
  }
  await writeFile(path, bytes)
  expect(await readKept(path, KIND)).toBe('{"labels":[1,2]}\nü\n')
  expect(await readKept(path, 'retable-test 2')).toBeUndefined()
})

it.each([
  ['', '', join(homedir(), '.cache/retable')],
  ['/own', '/shared', '/own'],
  ['', '/shared', '/shared/retable'],
  ['', 'relative', join(homedir(), '.cache/retable')],
])('with RETABLE_CACHE=%j and XDG_CACHE_HOME=%j lies in %s', (own, shared, expected) => {
  vi.stubEnv('RETABLE_CACHE', own)
  vi.stubEnv('XDG_CACHE_HOME', shared)
  expect(defaultCacheDir()).toBe(expected)
  vi.unstubAllEnvs()
})
