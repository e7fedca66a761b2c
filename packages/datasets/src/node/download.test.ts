import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cifar10Format } from '../cifar-format.js'
import { smallArchive, temporaryFolder } from './testing/small-cifar.js'
import { openCifar } from './cifar.js'
import { cifar10Layout } from './cifar-layout.js'
import { download } from './download.js'
import { fetchCifar } from './download-cifar.js'

const content = Buffer.from(
  Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) % 251),
)
const md5 = createHash('md5').update(content).digest('hex')

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void

let dir = ''
let remove = async () => {}
let server: Server | undefined
const ranges: (string | undefined)[] = []
beforeAll(async () => ({ dir, remove } = await temporaryFolder()))
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})
afterAll(() => remove())

/** Serves with `handler`; gives the address. `ranges` collects each request's Range header. */
const serve = async (handler: Handler): Promise<string> => {
  ranges.length = 0
  server = createServer((request, response) => {
    ranges.push(request.headers.range)
    handler(request, response, ranges.length)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`
}

const wantedFrom = (request: IncomingMessage): number =>
  Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)

/** Sends `bytes` from what was asked for on, breaking the connection off after `most` of them. */
const send = (
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer = content,
  most = Infinity,
): void => {
  const from = wantedFrom(request)
  const headers: Record<string, string | number> = { 'content-length': bytes.length - from }
  if (from > 0) headers['content-range'] = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
  response.writeHead(from > 0 ? 206 : 200, headers)
  if (bytes.length - from <= most) return void response.end(bytes.subarray(from))
  response.write(bytes.subarray(from, from + most), () => setTimeout(() => response.destroy(), 20))
}

let files = 0
const options = (url: string) => ({
  url,
  to: join(dir, `file-${files++}`),
  md5,
  advice: 'Put it there yourself.',
  retryMs: 1,
  stallMs: 20_000,
  attempts: 50,
})

describe('download', () => {
  it('fetches and verifies, and leaves no part behind', async () => {
    const o = options(await serve((request, response) => send(request, response)))
    const seen: number[] = []
    await download({
      ...o,
      onProgress: (bytes, of) => void (seen.push(bytes), expect(of).toBe(200_000)),
    })
    expect(Buffer.compare(await readFile(o.to), content)).toBe(0)
    expect(seen.at(-1)).toBe(200_000)
    expect(await readdir(dir)).not.toContain(`${o.to}.part`)
  })

  it('resumes where the connection broke off', async () => {
    const url = await serve((request, response) => send(request, response, content, 60_000))
    const o = options(url)
    await download(o)
    expect(Buffer.compare(await readFile(o.to), content)).toBe(0)
    // Each request begins where the one before ended.
    expect(ranges[0]).toBeUndefined()
    const starts = ranges.slice(1).map((range) => Number(/bytes=(\d+)-/.exec(range ?? '')![1]))
    expect(starts.length).toBeGreaterThanOrEqual(3)
    expect([...starts].sort((a, b) => a - b)).toEqual(starts)
    expect(starts[0]).toBeGreaterThan(0)
  })

  it('resumes the part that an earlier process left', async () => {
    const o = options(await serve((request, response) => send(request, response)))
    await writeFile(`${o.to}.part`, content.subarray(0, 150_000))
    await download(o)
    expect(ranges).toEqual(['bytes=150000-'])
    expect(Buffer.compare(await readFile(o.to), content)).toBe(0)
  })

  it('starts again if the server ignores Range', async () => {
    let first: ServerResponse | undefined
    const o = options(
      await serve((_, response, nth) => {
        response.writeHead(200, { 'content-length': content.length })
        if (nth > 1) return void response.end(content)
        first = response
        response.write(content.subarray(0, 50_000))
      }),
    )
    // Broken off once the bytes are in the part.
    await download({ ...o, onProgress: (bytes) => bytes === 50_000 && first?.destroy() })
    expect(ranges).toEqual([undefined, 'bytes=50000-'])
    expect(Buffer.compare(await readFile(o.to), content)).toBe(0)
  })

  it('takes a whole part as whole (416), and a wrong part from the start', async () => {
    const handler: Handler = (request, response) => {
      if (wantedFrom(request) >= content.length) response.writeHead(416).end()
      else send(request, response)
    }
    const o = options(await serve(handler))
    await writeFile(`${o.to}.part`, content)
    await download(o)
    expect(ranges).toEqual(['bytes=200000-'])

    const wrong = { ...o, to: join(dir, 'wrong-part') }
    await writeFile(`${wrong.to}.part`, Buffer.alloc(100_000, 1))
    await download(wrong)
    expect(ranges.slice(1)).toEqual(['bytes=100000-', undefined])
    expect(Buffer.compare(await readFile(wrong.to), content)).toBe(0)

    const long = { ...o, to: join(dir, 'long-part') }
    await writeFile(`${long.to}.part`, Buffer.alloc(300_000, 1))
    await download(long)
    expect(Buffer.compare(await readFile(long.to), content)).toBe(0)
  })

  it('refuses wrong bytes, says so, and keeps nothing', async () => {
    const other = Buffer.from(content)
    other[1000]! ^= 1
    const o = options(await serve((request, response) => send(request, response, other)))
    const found = createHash('md5').update(other).digest('hex')
    await expect(download(o)).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining(
        `its 200000 bytes have MD5 ${found}, expected ${md5}; they were not kept. Put it there yourself.`,
      ),
    })
    expect((await readdir(dir)).filter((name) => join(dir, name).startsWith(o.to))).toEqual([])
  })

  it('gives up after a few barren attempts, keeping the part', async () => {
    let first: ServerResponse | undefined
    const o = options(
      await serve((_, response, nth) => {
        if (nth > 1) return void response.destroy()
        first = response
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 10_000))
      }),
    )
    const onProgress = () => void first?.destroy()
    await expect(download({ ...o, attempts: 3, onProgress })).rejects.toMatchObject({
      code: 'download-failed',
    })
    expect(ranges).toHaveLength(4)
    expect((await readFile(`${o.to}.part`)).length).toBe(10_000)
  })

  it('does not ask again for what is not there', async () => {
    const o = options(await serve((_, response) => void response.writeHead(404).end('no')))
    await expect(download(o)).rejects.toThrow(/the server answered 404 Not Found. Put it/)
    expect(ranges).toHaveLength(1)
  })

  it('gives up a connection that stalls', async () => {
    const o = options(
      await serve((request, response, nth) => {
        if (nth > 1) return send(request, response)
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 30_000))
      }),
    )
    await download({ ...o, stallMs: 1_500 })
    expect(ranges).toEqual([undefined, 'bytes=30000-'])
  })

  it('stops when asked to, and can resume later', async () => {
    const stop = new AbortController()
    const o = options(
      await serve((request, response, nth) => {
        if (nth > 1) return send(request, response)
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 30_000))
      }),
    )
    const stopped = download({ ...o, signal: stop.signal, onProgress: () => stop.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    await download(o)
    expect(Buffer.compare(await readFile(o.to), content)).toBe(0)
  })
})

describe('downloading a CIFAR set', () => {
  it('fetches, verifies, unpacks, and opens', async () => {
    const { bytes, layout } = await smallArchive(cifar10Layout, 3)
    const url = await serve((request, response) => send(request, response, bytes, 150_000))
    const data = join(dir, 'fetched')
    const set = await openCifar(
      cifar10Format,
      { ...layout, url },
      { dir: data, split: 'train', download: true },
    )
    expect(set.length).toBe(15)
    expect(await readdir(data)).toEqual([layout.folder])
    const asked = ranges.length
    await openCifar(cifar10Format, { ...layout, url }, { dir: data, split: 'test', download: true })
    expect(ranges).toHaveLength(asked)
  })

  it('makes the folder, but not the one that it lies in', async () => {
    const mistyped = join(dir, 'mistyped')
    await expect(fetchCifar(cifar10Layout, { dir: join(mistyped, 'data') })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`there is no folder ${mistyped} to make data in; check`),
    })
    await expect(readdir(mistyped)).rejects.toThrow('ENOENT')
  })

  it('uses an archive that is there, once it is verified', async () => {
    const { bytes, layout } = await smallArchive(cifar10Layout, 3)
    const data = join(dir, 'by-hand')
    await mkdir(data)
    await writeFile(join(data, layout.archive), bytes.subarray(1))
    await expect(fetchCifar(layout, { dir: data })).rejects.toMatchObject({ code: 'corrupt-data' })
    await writeFile(join(data, layout.archive), bytes)
    expect(await fetchCifar(layout, { dir: data })).toBe(join(data, layout.folder))
  })

  it('says what to put where when it fails', async () => {
    const url = await serve((_, response) => void response.writeHead(403).end())
    const data = join(dir, 'refused')
    await expect(fetchCifar(cifar10Layout, { dir: data, url, retryMs: 1 })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(
        /answered 403 Forbidden. Put cifar-10-binary.tar.gz .* into .*refused, or its unpacked folder at .*cifar-10-batches-bin/,
      ),
    })
    expect(await readdir(data)).toEqual([])
  })
})
