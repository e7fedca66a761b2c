import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder, replaceFile, writeWholeFile } from './files.js'

const folder = () => mkdtempSync(join(tmpdir(), 'retable-files-'))

test('a file is replaced whole, and left as it was where writing fails', async () => {
  const dir = folder()
  const path = join(dir, 'a.txt')
  writeFileSync(path, 'before')
  const failing = replaceFile(path, async (file) => {
    await file.write('half')
    expect(readFileSync(path, 'utf8')).toBe('before')
    throw new Error('the pen broke')
  })
  await expect(failing).rejects.toThrow('the pen broke')
  expect(readFileSync(path, 'utf8')).toBe('before')
  expect(readdirSync(dir)).toEqual(['a.txt'])
  expect(await replaceFile(path, async (file) => (await file.write('after')).bytesWritten)).toBe(5)
  expect(readFileSync(path, 'utf8')).toBe('after')
  expect(readdirSync(dir)).toEqual(['a.txt'])
})

test('a file that must be new is never replaced', () => {
  const path = join(folder(), 'a.txt')
  expect(writeWholeFile(path, 'one', { exclusive: true })).toBe(true)
  expect(writeWholeFile(path, 'two', { exclusive: true })).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('one')
})

test('what the system refuses is said in a sentence with the path', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(join(file, 'below'))).toThrow(
    `cannot make folder ${join(file, 'below')}: a part of the path is no folder`,
  )
  await expect(replaceFile(join(file, 'x'), async () => undefined)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('a part of the path is no folder'),
  })
})
