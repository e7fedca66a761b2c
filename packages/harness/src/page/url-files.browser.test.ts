import { beforeEach, expect, test } from 'vitest'
import { filledFile } from './testing/writer.js'
import { urlFiles } from './url-files.js'

const folder = 'opfs:/url-files'

beforeEach(() => urlFiles.remove(folder))

test('files are written, written over, listed, read and removed', async () => {
  expect(await urlFiles.list(folder)).toEqual([])
  expect(await urlFiles.read(`${folder}/a`)).toBeUndefined()
  await urlFiles.write(`${folder}/b/c`, new Uint8Array([1, 2]))
  await urlFiles.write(`${folder}/a`, new Uint8Array([1, 2]))
  await urlFiles.write(`${folder}/a`, new Uint8Array([3]))
  expect(await urlFiles.list(folder)).toEqual(['a', 'b'])
  expect(await urlFiles.read(`${folder}/a`)).toEqual(new Uint8Array([3]))
  await urlFiles.remove(folder)
  await urlFiles.remove(folder)
  expect(await urlFiles.read(`${folder}/b/c`)).toBeUndefined()
})

test('two at once write one file: it holds what one of them wrote', async () => {
  const url = `${folder}/a`
  await Promise.all([7, 3, 5].map((byte) => urlFiles.write(url, filledFile(byte))))
  expect(isFilled((await urlFiles.read(url))!)).toBe(true)
  expect(await urlFiles.list(folder)).toEqual(['a'])
})

test('a worker that is killed while it writes leaves a whole file or none, which can be written and removed at once', async () => {
  for (let round = 0; round < 16; round++) {
    const at = `url-files/${round}`
    const url = `opfs:/${at}/file`
    const worker = new Worker(new URL('./testing/writer.ts', import.meta.url), { type: 'module' })
    worker.postMessage(url)
    // As soon as it has begun to write the file, or some time after it has written it once.
    const begun = round % 2 === 0 ? /./ : /^file$/
    await expect
      .poll(async () => (await entriesOf(at)).some((name) => begun.test(name)), {
        interval: 2,
        timeout: 20_000,
      })
      .toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 3 * round))
    worker.terminate()
    const bytes = await urlFiles.read(url)
    if (round % 2 === 1) expect(bytes).toBeDefined()
    if (bytes) expect(isFilled(bytes)).toBe(true)
    expect(await urlFiles.list(`opfs:/${at}`)).toEqual(bytes ? ['file'] : [])
    await urlFiles.write(url, filledFile(3))
    expect(isFilled((await urlFiles.read(url))!)).toBe(true)
    await urlFiles.remove(`opfs:/${at}`)
  }
})

/** Whether bytes are all that `filledFile` gave. */
const isFilled = (bytes: Uint8Array): boolean =>
  bytes.length === filledFile(0).length && bytes.every((byte) => byte === bytes[0])

/** All names in a folder of the private file system, those of files that are being written too. */
const entriesOf = async (path: string): Promise<readonly string[]> => {
  const names: string[] = []
  try {
    let at = await navigator.storage.getDirectory()
    for (const part of path.split('/')) at = await at.getDirectoryHandle(part)
    for await (const name of at.keys()) names.push(name)
  } catch {
    // It is not there yet.
  }
  return names
}
