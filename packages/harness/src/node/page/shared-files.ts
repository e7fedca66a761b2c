import { createReadStream, rmSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RetableError } from '@retable/core/host'
import { makeFolder, replaceFile, systemCode } from '@retable/core/node'
import { refuse } from './refuse.js'

/** Files that a page may read or write, by name: nothing else can be reached. */
export type SharedFiles =
  | { readonly type: 'read'; readonly files: Readonly<Record<string, string>> }
  /** A folder, and the folders in it: plain names. */
  | { readonly type: 'folder'; readonly dir: string }
  /** Write only: the path for a name, which may throw. */
  | { readonly type: 'write'; readonly pathFor: (name: string) => string }

/** Answers a request for one of the shared files, or for the names in a shared folder; 403 for everything else. */
export const serveShared = async (
  request: IncomingMessage,
  response: ServerResponse,
  files: SharedFiles,
  name: string,
): Promise<void> => {
  const { method } = request
  if (name === '' || name.endsWith('/')) {
    if (method !== 'GET' || files.type !== 'folder') return refuse(response, 403, 'not shared')
    const names = await readdir(join(files.dir, name)).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return []
      throw error
    })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(names))
    return
  }
  if (method === 'GET' && files.type !== 'write') {
    const path =
      files.type === 'folder'
        ? join(files.dir, name)
        : Object.hasOwn(files.files, name)
          ? files.files[name]
          : undefined
    if (path === undefined) return refuse(response, 403, 'not shared')
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) return refuse(response, 404, 'there is no such file')
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': found.size,
    })
    return pipeline(createReadStream(path), response)
  }
  if (method === 'PUT' && files.type !== 'read') {
    const path = files.type === 'folder' ? join(files.dir, name) : files.pathFor(name)
    makeFolder(dirname(path))
    const length = Number(request.headers['content-length'] ?? NaN)
    await replaceFile(path, async (handle) => {
      let written = 0
      for await (const part of request) {
        await handle.writeFile(part as Buffer)
        written += (part as Buffer).length
      }
      if (Number.isFinite(length) && written !== length) {
        throw new RetableError('corrupt-data', `${name} came with ${written} of ${length} bytes`)
      }
    })
    return void response.writeHead(204).end()
  }
  if (method === 'DELETE' && files.type === 'folder') {
    rmSync(join(files.dir, name), { force: true })
    return void response.writeHead(204).end()
  }
  refuse(response, 403, 'not shared')
}
