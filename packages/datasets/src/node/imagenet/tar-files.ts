import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { RetableError } from '@retable/core/host'
import { extract } from 'tar-stream'
import { checkTarEnd } from './tar-end.js'
import { linkTarget, resolveLinks } from './tar-links.js'
import type { TarLink } from './tar-links.js'

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

const isZero = (block: Buffer): boolean => block.every((byte) => byte === 0)

/** How many blocks of long names or PAX records come after this one, before the file's own header. */
const longBlocks = (block: Buffer): number =>
  'xgLKN'.includes(String.fromCharCode(block[156]!))
    ? Math.ceil((parseInt(block.toString('latin1', 124, 136), 8) || 0) / BLOCK)
    : 0

interface Header extends TarFile {
  readonly type: string
  /** what a link says it is a link to */
  readonly linkname: string
}

/** The header at `at`, long names and all, by tar-stream, which is shown the headers and none of the files' bytes. */
const readHeader = async (handle: FileHandle, at: number): Promise<Header> => {
  // Tars of before POSIX have no format's mark; a checksum they have.
  const tar = extract({ allowUnknownFormat: true } as object)
  let header: Omit<Header, 'offset'> | undefined
  let failed: Error | undefined
  tar.on('entry', ({ name, size = 0, type, linkname }, stream) => {
    header = {
      name: name.replace(/^(\.\/+)+/, ''),
      size,
      type: type ?? 'unknown',
      linkname: linkname ?? '',
    }
    // Ended below, before its bytes come.
    stream.on('error', () => undefined)
  })
  tar.on('error', (error: Error) => (failed = error))
  let end = at
  let long = 0
  while (header === undefined && failed === undefined) {
    const block = await readBlock(handle, end)
    if (long > 0) long--
    else if (isZero(block)) throw new Error(`found zeros at byte ${end}`)
    else long = longBlocks(block)
    end += BLOCK
    tar.write(block)
    await setImmediate()
  }
  tar.destroy()
  if (header === undefined) throw failed!
  return { ...header, offset: end }
}

/** The tar that occupies `length` bytes of `handle` from `from` on; `path` names it in messages. */
export interface TarPlace {
  readonly handle: FileHandle
  readonly path: string
  readonly from: number
  readonly length: number
}

/** The headers of a tar, to its end mark. */
async function* headers({ handle, path, from, length }: TarPlace): AsyncGenerator<Header> {
  const end = from + length
  for (let at = from; ;) {
    let header: Header
    try {
      if (at >= end || isZero(await readBlock(handle, at))) {
        return await checkTarEnd(handle, path, at, end)
      }
      header = await readHeader(handle, at)
    } catch (cause) {
      if (cause instanceof RetableError) throw cause
      throw new RetableError(
        'corrupt-data',
        `${path} is not a whole tar file: ${(cause as Error).message}, expected a header at byte ${at}`,
        { cause },
      )
    }
    const { name, size, offset } = header
    if (offset + size > end) {
      throw new RetableError(
        'corrupt-data',
        `${path} is truncated: ${name} has ${size} bytes from byte ${offset} on, and the tar ends at byte ${end}`,
      )
    }
    yield header
    at = offset + Math.ceil(size / BLOCK) * BLOCK
  }
}

/**
 * The files of a tar whose names are `wanted`, in their order; those that are links to others in it come last. Only
 * headers are read: a few bytes a file, wherever the tar lies.
 *
 * @throws RetableError `corrupt-data` if the tar is not whole, from its first header to its end mark, or something
 * wanted is neither a file nor a link to a file in it.
 */
export async function* tarFiles(
  place: TarPlace,
  wanted: (name: string) => boolean,
): AsyncGenerator<TarFile> {
  const files = new Map<string, TarFile>()
  const links = new Map<string, TarLink>()
  for await (const { name, size, offset, type, linkname } of headers(place)) {
    if (type === 'file' || type === 'contiguous-file') {
      const file = { name, size, offset }
      files.set(name, file)
      if (wanted(name)) yield file
    } else if (type === 'link' || type === 'symlink') {
      links.set(name, { target: linkTarget(name, type, linkname), wanted: wanted(name) })
    } else if (type !== 'directory' && wanted(name)) {
      throw new RetableError(
        'corrupt-data',
        `${name} in ${place.path} is of the type ${type}, expected a file by its name`,
      )
    }
  }
  yield* resolveLinks(place.path, files, links)
}

/** Opens a file for `use` and closes it. */
export const withFile = async <T>(
  path: string,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> => {
  const handle = await open(path)
  try {
    return await use(handle)
  } finally {
    await handle.close()
  }
}
