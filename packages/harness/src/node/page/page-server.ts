import { randomBytes } from 'node:crypto'
import { createReadStream, readFileSync, rmSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RetableError, isRetableError } from '@retable/core/host'
import { makeFolder, replaceFile, systemCode } from '@retable/core/node'
import {
  fromPageShape,
  type FromPage,
  type FromPageItself,
  type ToPage,
  type ToPageItself,
} from '../../page/messages.js'
import { anything, listOf, readMessage } from '../../unit/shape.js'

/** A page that is open in some browser. */
export interface OpenPage {
  readonly id: string
  /** What it says; set by the user of the page. */
  onMessage: (message: FromPage | FromPageItself) => void
  /** Told once, when it has gone. */
  onGone: () => void
  readonly send: (message: ToPage | ToPageItself) => void
}

/** Files that a page may read or write, by name: nothing else can be reached. */
export type SharedFiles =
  | { readonly type: 'read'; readonly files: Readonly<Record<string, string>> }
  /** A folder, and the folders in it: plain names. */
  | { readonly type: 'folder'; readonly dir: string }
  /** Write only: the path for a name, which may throw. */
  | { readonly type: 'write'; readonly pathFor: (name: string) => string }

/** Answers what a page asks about a data set; undefined if there is no such thing. */
export type DataAnswer = (what: string, body: Uint8Array) => Promise<Uint8Array | undefined>

/** The server that pages are opened from. */
export interface PageServer {
  /** What to open in a browser. */
  readonly url: string
  /** Shares files; returns their URL for a page, and what ends it. */
  readonly share: (files: SharedFiles) => { readonly url: string; readonly end: () => void }
  /** Shares a data set; returns its URL. */
  readonly shareData: (answer: DataAnswer) => string
  readonly close: () => Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
}

const plainName = /^\.?[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/

/** How long a page may be away, in milliseconds, before it counts as gone: its connection may break and come back. */
const grace = 3000

/**
 * Serves the files of `bundle`, by their names, and what is shared, to pages that know a random word in the URL. Listens on
 * 127.0.0.1 only; answers 403 to every other host name, to requests without the secret word, and to what is not shared.
 */
export const servePages = async (
  { bundle, html }: { readonly bundle: string; readonly html: string },
  onPage: (page: OpenPage) => void,
): Promise<PageServer> => {
  const word = randomBytes(18).toString('base64url')
  const bundled = new Set((await readdir(bundle)).filter((name) => plainName.test(name)))
  const shared = new Map<string, SharedFiles>()
  const data = new Map<string, DataAnswer>()
  const pages = new Map<string, Connected>()

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = request.url ?? ''
    // A whole URL in place of a path would name a host of its own.
    if (!isOurHost(request) || !/^\/(?!\/)/.test(target))
      return refuse(response, 403, 'not for you')
    const { pathname, searchParams } = new URL(target, 'http://page')
    const [, given, kind = '', id = '', ...rest] = pathname.split('/')
    const name = rest.join('/')
    if (given !== word) return refuse(response, 403, 'not for you')
    if (id === '' && name === '') {
      if (kind === 'events') return events(searchParams.get('page') ?? '', response)
      if (kind === 'messages' && request.method === 'POST') {
        const page = pages.get(searchParams.get('page') ?? '')
        const body = await bodyOf(request)
        if (!body) return refuse(response, 413, tooLarge)
        for (const message of messagesIn(body.toString())) page?.onMessage(message)
        return void response.writeHead(204).end()
      }
      const file = kind === '' ? html : kind
      if (request.method !== 'GET' || !bundled.has(file)) return refuse(response, 403, 'not shared')
      const type = types[extname(file)] ?? 'application/octet-stream'
      return void response
        .writeHead(200, { 'content-type': type })
        .end(readFileSync(join(bundle, file)))
    }
    if (kind === 'files') {
      const files = shared.get(id)
      const parts = name.split('/').filter((part, i, all) => part !== '' || i < all.length - 1)
      if (!files || parts.length > 2 || !parts.every((part) => plainName.test(part))) {
        return refuse(response, 403, 'not shared')
      }
      return file(request, response, files, name)
    }
    const answer = kind === 'data' ? data.get(id) : undefined
    if (!answer) return refuse(response, 403, 'not shared')
    const body = await bodyOf(request)
    if (!body) return refuse(response, 413, tooLarge)
    const bytes = await answer(name, body)
    if (!bytes) return refuse(response, 404, 'there is no such part')
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes)
  }

  const events = (id: string, response: ServerResponse): void => {
    if (!plainName.test(id)) return refuse(response, 403, 'no page')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(':\n\n')
    const known = pages.get(id)
    const page = known ?? makeConnected(id, () => pages.delete(id))
    pages.set(id, page)
    page.connect(response)
    if (!known) onPage(page)
  }

  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.setHeader('cross-origin-resource-policy', 'same-origin')
    handle(request, response).catch((error: unknown) => {
      const said = isRetableError(error) ? error.message : `unexpected: ${String(error)}`
      if (!response.headersSent) refuse(response, 500, said)
      else response.destroy()
    })
  })
  server.requestTimeout = 0
  // A page computes for minutes between two requests: what it keeps open is not to be closed under a third.
  server.keepAliveTimeout = 600_000
  server.headersTimeout = 610_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/${word}/`,
    share: (files) => {
      const id = randomBytes(12).toString('hex')
      shared.set(id, files)
      return { url: `files/${id}`, end: () => void shared.delete(id) }
    },
    shareData: (answer) => {
      const id = randomBytes(12).toString('hex')
      data.set(id, answer)
      return `data/${id}`
    },
    close: async () => {
      for (const page of pages.values()) page.send({ type: 'bye' })
      pages.clear()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        setTimeout(() => server.closeAllConnections(), 100)
      })
    },
  }
}

/** The messages that a page sent; one that is none counts as its crash: its code is of another version. */
const messagesIn = (body: string): readonly (FromPage | FromPageItself)[] => {
  try {
    const messages = readMessage(listOf(anything), JSON.parse(body), 'a page')
    return messages.map((message) => readMessage(fromPageShape, message, 'a page'))
  } catch (error) {
    return [{ type: 'crashed', message: `${(error as Error).message}; reload the page` }]
  }
}

type Connected = OpenPage & { connect(response: ServerResponse): void }

const makeConnected = (id: string, onGone: () => void): Connected => {
  let stream: ServerResponse | undefined
  let waiting: string[] = []
  let leaving: NodeJS.Timeout | undefined
  const page: Connected = {
    id,
    onMessage: () => undefined,
    onGone: () => undefined,
    send: (message) => {
      const event = `data: ${JSON.stringify(message)}\n\n`
      if (stream) stream.write(event)
      else waiting.push(event)
    },
    connect: (response) => {
      clearTimeout(leaving)
      stream = response
      for (const event of waiting) response.write(event)
      waiting = []
      response.once('close', () => {
        if (stream !== response) return
        stream = undefined
        leaving = setTimeout(() => {
          onGone()
          page.onGone()
        }, grace)
        leaving.unref()
      })
    },
  }
  return page
}

/** Whether a request names this machine, and comes from a page of it: a name of somebody else's that leads here does not. */
const isOurHost = ({ headers }: IncomingMessage): boolean => {
  const { host = '', origin } = headers
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return false
  return origin === undefined || origin === `http://${host}`
}

const refuse = (response: ServerResponse, status: number, why: string): void =>
  void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`)

/** The bytes of a request that is kept in memory: at most so many. Files are written as they come, and may be larger. */
const mostBytes = 16 * 2 ** 20
const tooLarge = `a message has at most ${mostBytes / 2 ** 20} MiB`

/** What was sent; undefined if it is too large, upon which the rest of it is read and dropped. */
const bodyOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  let parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += (part as Buffer).length
    if (length > mostBytes) parts = []
    else parts.push(part as Buffer)
  }
  return length > mostBytes ? undefined : Buffer.concat(parts)
}

const file = async (
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
