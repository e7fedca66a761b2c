import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { checkParentFolder, makeFolder, replaceFile, writeWholeFile } from './files.js'

const folder = () => mkdtempSync(join(tmpdir(), 'retable-files-'))

test('a file is replaced whole, and left as it was if writing fails', async () => {
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

test('a file may be written over another one, which is then it', async () => {
  const dir = folder()
  const [path, spare] = [join(dir, 'a.txt'), join(dir, 'spare')]
  writeFileSync(spare, 'much longer')
  const { ino } = statSync(spare)
  const write = (text: string) =>
    replaceFile(
      path,
      async (file) => {
        await file.write(text, 0)
        await file.truncate(text.length)
      },
      { over: spare },
    )
  await write('short')
  expect([readFileSync(path, 'utf8'), statSync(path).ino]).toEqual(['short', ino])
  // Without a spare it is made.
  await write('again')
  expect(readFileSync(path, 'utf8')).toBe('again')
  expect(readdirSync(dir)).toEqual(['a.txt'])
  writeFileSync(spare, 'kept for later')
  const failing = replaceFile(path, () => Promise.reject(new Error('full')), { over: spare })
  await expect(failing).rejects.toThrow('full')
  expect([readFileSync(path, 'utf8'), readdirSync(dir)]).toEqual(['again', ['a.txt']])
})

test('a file that must be new is never replaced', () => {
  const path = join(folder(), 'a.txt')
  expect(writeWholeFile(path, 'one', { exclusive: true })).toBe(true)
  expect(writeWholeFile(path, 'two', { exclusive: true })).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('one')
})

test('a folder that can be made is told from a mistyped path', () => {
  const there = folder()
  expect(() => checkParentFolder(there)).not.toThrow()
  expect(() => checkParentFolder(join(there, 'new'))).not.toThrow()
  expect(() => checkParentFolder('new')).not.toThrow()
  expect(() => checkParentFolder(join(there, 'mistyped', 'data'))).toThrow(
    expect.objectContaining({
      code: 'not-found',
      message: expect.stringContaining(
        `there is no folder ${join(there, 'mistyped')} to make data in; check`,
      ),
    }),
  )
  expect(readdirSync(there)).toEqual([])
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

/** Both ways to write, as one. */
const writers: readonly [string, (path: string, text: string) => unknown][] = [
  ['writeWholeFile', (path, text) => writeWholeFile(path, text)],
  ['replaceFile', (path, text) => replaceFile(path, (file) => file.writeFile(text))],
]

describe.each(writers)('%s', (writer, write) => {
  test('follows links, also to a file that is not there yet, and through several', async () => {
    const dir = folder()
    const [file, link, second, dangling] = ['a.txt', 'b', 'c', 'd'].map((name) => join(dir, name))
    writeFileSync(file!, 'before')
    symlinkSync('a.txt', link!)
    symlinkSync('b', second!)
    symlinkSync('new.txt', dangling!)
    await write(second!, 'after')
    await write(dangling!, 'new')
    expect(readFileSync(file!, 'utf8')).toBe('after')
    expect(readlinkSync(link!)).toBe('a.txt')
    expect(lstatSync(second!).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(dir, 'new.txt'), 'utf8')).toBe('new')
    expect(readdirSync(dir).sort()).toEqual(['a.txt', 'b', 'c', 'd', 'new.txt'])
  })

  test('keeps the mode of the file that it replaces', async () => {
    const path = join(folder(), 'a.txt')
    writeFileSync(path, 'before')
    for (const mode of [0o600, 0o664, 0o444]) {
      chmodSync(path, mode)
      await write(path, `after ${mode}`)
      expect(statSync(path).mode & 0o7777).toBe(mode)
      expect(readFileSync(path, 'utf8')).toBe(`after ${mode}`)
    }
  })

  test('writes into a FIFO and a device, and leaves them what they are', async () => {
    const path = join(folder(), 'fifo')
    execFileSync('mkfifo', [path])
    const reading = promisify(execFile)('cat', [path])
    // The reader must be there: opening a FIFO for writing waits for one, and would hold up this process.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await write(path, 'through the pipe')
    expect((await reading).stdout).toBe('through the pipe')
    expect(lstatSync(path).isFIFO()).toBe(true)
    await write('/dev/null', 'nothing')
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test('takes a name as long as a file system takes', async () => {
    const dir = folder()
    for (const name of ['x'.repeat(224), 'x'.repeat(255), 'ä'.repeat(127)]) {
      await write(join(dir, name), 'whole')
      expect(readFileSync(join(dir, name), 'utf8')).toBe('whole')
    }
    const tooLong = join(dir, 'x'.repeat(256))
    await expect((async () => write(tooLong, ''))()).rejects.toThrow('the name is too long')
  })

  test('says of a circle of links and of a folder what they are', async () => {
    const dir = folder()
    symlinkSync('b', join(dir, 'a'))
    symlinkSync('a', join(dir, 'b'))
    await expect((async () => write(join(dir, 'a'), ''))()).rejects.toThrow('lead in a circle')
    await expect((async () => write(dir, ''))()).rejects.toThrow('it is a folder')
  })

  test('writes into a shell’s >(…) and to /dev/stdout', async () => {
    const module = new URL('../../dist/node/index.js', import.meta.url).href
    const program = `
      import { replaceFile, writeWholeFile } from ${JSON.stringify(module)}
      const writeWith = { writeWholeFile, replaceFile: (path, text) => replaceFile(path, (file) => file.writeFile(text)) }
      await writeWith[process.argv[1]](process.argv[2], 'some text')`
    const path = join(folder(), 'x.gz')
    const node = `'${process.execPath}' --input-type=module -e "$PROGRAM" -- ${writer}`
    const shell = promisify(execFile)
    const env = { ...process.env, PROGRAM: program }
    await shell('bash', ['-c', `${node} >(gzip > ${path}); wait $!; sleep 0.2`], { env })
    expect((await shell('gunzip', ['-c', path])).stdout).toBe('some text')
    const { stdout } = await shell('bash', ['-c', `${node} /dev/stdout | tr a-z A-Z`], { env })
    expect(stdout).toBe('SOME TEXT')
  })
})
