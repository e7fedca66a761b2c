import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { RetableError } from '@retable/core/host'
import { extract } from 'tar-stream'

const BLOCK = 512

/** A file inside a tar file, and where its bytes begin in the outermost one. */
export interface TarFile {
  /** its path in the tar, without a leading `./` */
  readonly name: string
  readonly size: number
  readonly offset: number
}

const readBlock = async (handle: FileHandle, at: number): Promise<Buffer> => {
  const block = Buffer.alloc(BLOCK)
  const { bytesRead } = await handle.read(block, 0, BLOCK, at)
  if (bytesRead < BLOCK) throw new Error(`found its end at byte ${at + bytesRead}`)
  return block
}

/** The header at `at`, long names and all, by tar-stream, which is shown the headers and none of the files' bytes. */
const readHeader = async (handle: FileHandle, at: number) => {
  const tar = extract()
  let header: { readonly name: string; readonly size: number; readonly type: string } | undefined
  let failed: Error | undefined
  tar.on('entry', ({ name, size = 0, type }, stream) => {
    header = { name: name.replace(/^(\.\/+)+/, ''), size, type: type ?? 'file' }
    // Ended below, before its bytes come.
    stream.on('error', () => undefined)
  })
  tar.on('error', (error: Error) => (failed = error))
  let end = at
  while (header === undefined && failed === undefined) {
    const block = await readBlock(handle, end)
    end += BLOCK
    tar.write(block)
    await setImmediate()
  }
  tar.destroy()
  if (header === undefined) throw failed!
  return { ...header, offset: end }
}

/**
 * The regular files of the tar that occupies `length` bytes of `handle` from `from` on, in their order. Only headers
 * are read: a few bytes a file, wherever the tar lies.
 */
export async function* tarFiles(
  handle: FileHandle,
  path: string,
  from: number,
  length: number,
): AsyncGenerator<TarFile> {
  const end = from + length
  for (let at = from; at < end;) {
    let header: Awaited<ReturnType<typeof readHeader>>
    try {
      // A tar ends with a block of zeros.
      if ((await readBlock(handle, at)).every((byte) => byte === 0)) return
      header = await readHeader(handle, at)
    } catch (cause) {
      throw new RetableError(
        'corrupt-data',
        `${path} is not a whole tar file: ${(cause as Error).message}, expected a header at byte ${at}`,
        { cause },
      )
    }
    const { name, size, type, offset } = header
    if (offset + size > end) {
      throw new RetableError(
        'corrupt-data',
        `${path} is truncated: ${name} has ${size} bytes from byte ${offset} on, and the tar ends at byte ${end}`,
      )
    }
    if (type === 'file') yield { name, size, offset }
    at = offset + Math.ceil(size / BLOCK) * BLOCK
  }
}

/** Opens a file for `use` and closes it. */
export const withFile = async <T>(
  path: string,
  use: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> => {
  const handle = await open(path)
  try {
    return await use(handle, (await handle.stat()).size)
  } finally {
    await handle.close()
  }
}
