import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { isRetableError } from '@retable/core/host'
import { connectedPage, messagesIn, type ConnectedPage, type OpenPage } from './connected-page.js'
import { refuse } from './refuse.js'
import { serveShared, type SharedFiles } from './shared-files.js'

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
  const pages = new Map<string, ConnectedPage>()

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
      return serveShared(request, response, files, name)
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
    const page = known ?? connectedPage(id, () => pages.delete(id))
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

/** Whether a request names this machine, and comes from a page of it: a name of somebody else's that leads here does not. */
const isOurHost = ({ headers }: IncomingMessage): boolean => {
  const { host = '', origin } = headers
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return false
  return origin === undefined || origin === `http://${host}`
}

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
