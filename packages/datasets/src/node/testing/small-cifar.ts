import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import type { CifarLayout } from '../cifar-layout.js'

/** Records whose every byte follows from the record's number and `salt`; label bytes stay below `labelClasses`. */
export const records = (
  count: number,
  salt: number,
  labelClasses: readonly number[] = [10],
): Uint8Array => {
  const size = labelClasses.length + 3072
  const bytes = new Uint8Array(count * size)
  for (let r = 0; r < count; r++) {
    labelClasses.forEach((classes, l) => (bytes[r * size + l] = (r + salt + l) % classes))
    for (let i = labelClasses.length; i < size; i++) {
      bytes[r * size + i] = (i * 7 + r * 13 + salt * 101 + (i >> 5)) % 256
    }
  }
  return bytes
}

/** A temporary folder that is gone after the test file. */
export const temporaryFolder = async (): Promise<{
  readonly dir: string
  readonly remove: () => Promise<void>
}> => {
  const dir = await mkdtemp(join(tmpdir(), 'retable-datasets-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

/** Writes a small CIFAR folder below `dir`: `count` records a file. */
export const writeSmallCifar = async (
  layout: CifarLayout,
  dir: string,
  count: number,
  labelClasses?: readonly number[],
): Promise<string> => {
  const folder = join(dir, layout.folder)
  await mkdir(folder, { recursive: true })
  const names = [...layout.files.train, ...layout.files.test]
  for (const [i, name] of names.entries()) {
    await writeFile(join(folder, name), records(count, i, labelClasses))
  }
  return folder
}

/** A small .tar.gz in the official archive's arrangement, and a layout that expects it. */
export const smallArchive = async (
  layout: CifarLayout,
  count: number,
  labelClasses?: readonly number[],
): Promise<{ readonly bytes: Buffer; readonly layout: CifarLayout }> => {
  const tar = pack()
  tar.entry({ name: `${layout.folder}/`, type: 'directory' })
  const names = [...layout.files.train, ...layout.files.test]
  for (const [i, name] of names.entries()) {
    tar.entry({ name: `${layout.folder}/${name}` }, Buffer.from(records(count, i, labelClasses)))
  }
  tar.entry({ name: `${layout.folder}/readme.html` }, 'see the web page')
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar) parts.push(part as Buffer)
  const bytes = gzipSync(Buffer.concat(parts), { level: 0 })
  const md5 = createHash('md5').update(bytes).digest('hex')
  return {
    bytes,
    layout: { ...layout, md5, records: { train: count, test: count } },
  }
}

/** A committed fixture, parsed. */
export const fixture = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(new URL(`../../../fixtures/${name}`, import.meta.url), 'utf8')) as T
