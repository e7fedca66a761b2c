import { RetableError } from '@retable/core/host'

/**
 * Files as a page has them: by URL. `opfs:/a/b` is a file of the origin's private file system, which outlives the page;
 * every other URL is one of the server that the page came from.
 */
export interface UrlFiles {
  /** The names in a folder, without files that are being written; none if there is no such folder. */
  list(folder: string): Promise<readonly string[]>
  /** A file's bytes; undefined if it is not there. */
  read(url: string): Promise<Uint8Array | undefined>
  /** Writes a file whole or not at all, and the folders above it. */
  write(url: string, bytes: Uint8Array): Promise<void>
  /** Removes a file, or a folder with all that is in it; does nothing if it is not there. */
  remove(url: string): Promise<void>
}

/**
 * The files behind URLs.
 *
 * @throws RetableError `unavailable` naming the URL if the server or the browser's store refuses.
 * @example
 * await urlFiles.write('opfs:/retable/notes.json', new TextEncoder().encode('{}'))
 */
export const urlFiles: UrlFiles = {
  list: (url) => ofUrl(url).list(url),
  read: (url) => ofUrl(url).read(url),
  write: (url, bytes) => ofUrl(url).write(url, bytes),
  remove: (url) => ofUrl(url).remove(url),
}

const ofUrl = (url: string): UrlFiles => (url.startsWith('opfs:') ? privateFiles : serverFiles)

const asked = async (url: string, init?: RequestInit): Promise<Response> => {
  let response: Response
  try {
    response = await fetch(url, { cache: 'no-store', ...init })
  } catch (cause) {
    throw new RetableError('unavailable', `the server of this page does not answer for ${url}`, {
      cause,
    })
  }
  if (response.ok) return response
  if (response.status === 404) {
    // Left unread, it would hold its connection.
    await response.body?.cancel()
    return response
  }
  const said = (await response.text()).trim()
  throw new RetableError(
    'unavailable',
    `the server of this page refused ${url}: ${said === '' ? response.status : said}`,
  )
}

const serverFiles: UrlFiles = {
  list: async (folder) => {
    const response = await asked(`${folder}/`)
    return response.status === 404 ? [] : ((await response.json()) as string[])
  },
  read: async (url) => {
    const response = await asked(url)
    return response.status === 404 ? undefined : new Uint8Array(await response.arrayBuffer())
  },
  write: async (url, bytes) => {
    await asked(url, { method: 'PUT', body: bytes as Uint8Array<ArrayBuffer> })
  },
  remove: async (url) => {
    await asked(url, { method: 'DELETE' })
  },
}

const isMissing = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'NotFoundError'

const partsOf = (url: string): readonly string[] =>
  url.slice('opfs:'.length).split('/').filter(Boolean)

/** The folder of these names, below the private file system's root; undefined if it is not there and not to be made. */
const folderOf = async (
  parts: readonly string[],
  create: boolean,
): Promise<FileSystemDirectoryHandle | undefined> => {
  try {
    let folder = await navigator.storage.getDirectory()
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create })
    return folder
  } catch (error) {
    if (isMissing(error)) return undefined
    throw storeError(error)
  }
}

const storeError = (error: unknown): unknown =>
  error instanceof DOMException
    ? new RetableError(
        'unavailable',
        error.name === 'QuotaExceededError'
          ? 'the browser gives this page no more room to store files; free some, or remove old results'
          : `the browser’s store of files failed: ${error.message}`,
        { cause: error },
      )
    : error

/** What this browser has of a file's handle: not every one can write through a stream. */
type FileHandle = FileSystemFileHandle & {
  move(name: string): Promise<void>
  createSyncAccessHandle?(): Promise<{
    truncate(size: number): void
    write(bytes: Uint8Array, options: { readonly at: number }): number
    flush(): void
    close(): void
  }>
}

/** How long a file that is in use is waited for. */
const patienceMilliseconds = 10_000

/**
 * Does what the browser refuses as long as a file is in use. It keeps the locks of a worker for a moment after the worker, or
 * its tab, has been killed; what is read can be written over meanwhile.
 */
const whenFree = async <T>(act: () => Promise<T>): Promise<T> => {
  const end = performance.now() + patienceMilliseconds
  for (;;) {
    try {
      return await act()
    } catch (error) {
      const inUse =
        error instanceof DOMException &&
        ['NoModificationAllowedError', 'NotReadableError'].includes(error.name)
      if (!inUse || performance.now() > end) throw storeError(error)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Fills a file; killed midway, it leaves the file in any state. */
const fill = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  if ('createWritable' in handle) {
    const stream = await handle.createWritable()
    await stream.write(bytes as Uint8Array<ArrayBuffer>)
    await stream.close()
    return
  }
  const open = await (handle as FileHandle).createSyncAccessHandle!()
  try {
    open.truncate(0)
    open.write(bytes, { at: 0 })
    open.flush()
  } finally {
    open.close()
  }
}

/** The file that a file is written to first. Its name begins with a dot, and so does that of the browser's own copy of it. */
const temporaryOf = (name: string): string => `.${name}.tmp`

const privateFiles: UrlFiles = {
  list: async (url) => {
    const folder = await folderOf(partsOf(url), false)
    const names: string[] = []
    if (folder) for await (const name of folder.keys()) if (!name.startsWith('.')) names.push(name)
    return names.sort()
  },
  read: async (url) => {
    const parts = partsOf(url)
    const folder = await folderOf(parts.slice(0, -1), false)
    if (!folder) return undefined
    return whenFree(async () => {
      try {
        const handle = await folder.getFileHandle(parts.at(-1)!)
        return new Uint8Array(await (await handle.getFile()).arrayBuffer())
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    })
  },
  // The browser's streams write a file over whole or not at all, but make an empty one at once where there was none.
  write: async (url, bytes) => {
    // One writer of a file after another: they share its temporary file, as does the one that comes after a killed one.
    await navigator.locks.request(`retable/write/${url}`, async () => {
      const parts = partsOf(url)
      const name = parts.at(-1)!
      const folder = (await folderOf(parts.slice(0, -1), true))!
      try {
        await whenFree(async () => {
          const options = { create: true }
          const handle = (await folder.getFileHandle(temporaryOf(name), options)) as FileHandle
          await fill(handle, bytes)
          await handle.move(name)
        })
      } catch (error) {
        await folder.removeEntry(temporaryOf(name)).catch(() => undefined)
        throw error
      }
    })
  },
  remove: async (url) => {
    const parts = partsOf(url)
    const folder = await folderOf(parts.slice(0, -1), false)
    await whenFree(async () => {
      try {
        await folder?.removeEntry(parts.at(-1)!, { recursive: true })
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    })
  },
}
