import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { reproductions } from '../reproductions.js'
import { listData } from './list-data.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const names = ['cifar10 train', 'cifar10 test', 'imagenet train', 'imagenet val']

test('a set that is missing is said so, with what to do at a command line', async () => {
  const found = await listData(reproductions, folder)
  expect(found.map(({ name, found }) => [name, found])).toEqual(names.map((name) => [name, false]))
  expect(found[0]!.note).toMatch(/holds no cifar-10-batches-bin\/ .*; or run a table on it, which/)
})

test('a folder that may not be read is the finding of each set, and ends nothing', async () => {
  const asRoot = process.geteuid?.() === 0
  chmodSync(folder, 0)
  if (asRoot) process.seteuid!(65_534)
  try {
    const found = await listData(reproductions, folder)
    expect(found.map(({ name }) => name)).toEqual(names)
    expect(found.map(({ note }) => note)).toContain(`cannot read ${folder}: permission is denied`)
  } finally {
    if (asRoot) process.seteuid!(0)
    chmodSync(folder, 0o755)
  }
})
