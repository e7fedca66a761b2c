import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { urlFiles } from '../../page/url-files.js'
import { findChromium } from './find-chromium.js'
import type { OpenPage } from './connected-page.js'
import { servePages, type PageServer } from './page-server.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-page-server-'))
const bundle = join(folder, 'bundle')
const pages: OpenPage[] = []
let server: PageServer

beforeAll(async () => {
  mkdirSync(bundle)
  writeFileSync(join(bundle, 'start.html'), '<p>page</p>')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  server = await servePages({ bundle, html: 'start.html' }, (page) => void pages.push(page))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/** Asks for a path as it stands, which `fetch` would clean up. */
const ask = (
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let body = ''
      response.on('data', (part: Buffer) => (body += part.toString()))
      response.on('end', () =>
        resolve({ status: response.statusCode!, body, headers: response.headers }),
      )
    })
    asked.on('error', reject)
    asked.end()
  })

const word = () => new URL(server.url).pathname

test('listens on 127.0.0.1 with a word of at least 18 random bytes, and isolates its pages', async () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24,}\/$/)
  const { status, body, headers } = await ask(word())
  expect([status, body]).toEqual([200, '<p>page</p>'])
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  })
})

test('refuses what lacks the word, names another host, comes from another page, or is a path', async () => {
  const { url: files } = server.share({ type: 'folder', dir: join(folder, 'work') })
  const { url: read } = server.share({
    type: 'read',
    files: { 'weights.bin': join(folder, 'secret.txt') },
  })
  const { url: ended, end } = server.share({ type: 'folder', dir: folder })
  end()
  const foreign = { host: 'evil.example:80' }
  const refused: [string, { headers?: Record<string, string>; method?: string }?][] = [
    ['/'],
    ['/start.html'],
    [`/${'x'.repeat(24)}/start.html`],
    [word(), { headers: foreign }],
    ...[
      '127.0.0.1.evil.example',
      'localhost@evil.example',
      'evil.example#127.0.0.1',
      '127.0.0.1:',
    ].map((host): [string, { headers: Record<string, string> }] => [word(), { headers: { host } }]),
    // A whole URL, as to a proxy, names a host of its own.
    [`http://evil.example${word()}`],
    [`http://127.0.0.1${word()}`],
    [`//evil.example${word()}`],
    ['http://['],
    ['*', { method: 'OPTIONS' }],
    [word(), { headers: { origin: 'http://evil.example' } }],
    ['/etc/passwd'],
    [`${word()}etc/passwd`],
    [`${word()}../secret.txt`],
    [`${word()}%2e%2e%2fsecret.txt`],
    [`${word()}${files}/../secret.txt`],
    [`${word()}${files}/%2e%2e%2fsecret.txt`],
    [`${word()}${files}//etc/passwd`],
    [`${word()}${files}/%2fetc%2fpasswd`],
    [`${word()}${files}/%252e%252e%252fsecret.txt`],
    [`${word()}${files}/..%5csecret.txt`],
    [`${word()}${files}/secret.txt%00`],
    [`${word()}${files}/a/b/c`],
    [`${word()}${read}/secret.txt`],
    [`${word()}${read}/weights.bin`, { method: 'PUT' }],
    [`${word()}${read}/weights.bin`, { method: 'DELETE' }],
    [`${word()}${ended}/secret.txt`],
    [`${word()}files/${'0'.repeat(24)}/secret.txt`],
    [`${word()}data/${'0'.repeat(24)}/pixels`],
  ]
  for (const [path, options] of refused) {
    const { status, body } = await ask(path, options)
    expect([path, status]).toEqual([path, 403])
    expect(body).not.toContain('secret')
  }
  expect((await ask(`${word()}${read}/weights.bin`)).body).toBe('secret')
})

test('a message over 16 MiB is refused, a file is not; the server answers on', async () => {
  const large = new Uint8Array(2 ** 24 + 1)
  const dir = join(folder, 'large')
  const { url } = server.share({ type: 'folder', dir })
  const data = server.shareData(async (_, body) => body)
  for (const path of ['messages?page=none', `${data}/echo`]) {
    const { status } = await fetch(`${server.url}${path}`, { method: 'POST', body: large })
    expect([path, status]).toEqual([path, 413])
  }
  await urlFiles.write(`${server.url}${url}/weights.bin`, large)
  expect((await ask(word())).status).toBe(200)
})

test('a shared folder is written whole, listed, read and cleared by URL', async () => {
  const dir = join(folder, 'unit')
  const { url } = server.share({ type: 'folder', dir })
  const at = `${server.url}${url}/checkpoints`
  expect(await urlFiles.list(at)).toEqual([])
  expect(await urlFiles.read(`${at}/checkpoint-1.json`)).toBeUndefined()
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251)
  await urlFiles.write(`${at}/checkpoint-1.safetensors`, bytes)
  expect(await urlFiles.list(at)).toEqual(['checkpoint-1.safetensors'])
  expect(await urlFiles.read(`${at}/checkpoint-1.safetensors`)).toEqual(bytes)
  expect(new Uint8Array(readFileSync(join(dir, 'checkpoints/checkpoint-1.safetensors')))).toEqual(
    bytes,
  )
  await urlFiles.remove(`${at}/checkpoint-1.safetensors`)
  expect(await urlFiles.list(at)).toEqual([])
})

test('a data set answers by parts; its error crosses as a sentence', async () => {
  const url = server.shareData(async (what, body) => {
    if (what === 'fails') throw new Error('no such image')
    return what === 'echo' ? body : undefined
  })
  const asked = await fetch(`${server.url}${url}/echo`, { method: 'POST', body: 'hello' })
  expect(await asked.text()).toBe('hello')
  expect(await urlFiles.read(`${server.url}${url}/nothing`)).toBeUndefined()
  await expect(urlFiles.read(`${server.url}${url}/fails`)).rejects.toThrow('no such image')
})

test('a page hears what was said before it listened, tells in order, and is missed when it has gone', async () => {
  const controller = new AbortController()
  const events = await fetch(`${server.url}events?page=one`, { signal: controller.signal })
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
  const page = pages.find(({ id }) => id === 'one')!
  page.send({ type: 'stop', run: 3 })
  let heard = ''
  while (!heard.includes('stop')) heard += (await reader.read()).value ?? ''
  expect(heard).toContain('data: {"type":"stop","run":3}\n\n')
  const told: string[] = []
  page.onMessage = ({ type }) => void told.push(type)
  const body = JSON.stringify([
    { type: 'log', run: 3, line: 'a' },
    { type: 'failed', run: 3, error: { message: 'b' } },
  ])
  await fetch(`${server.url}messages?page=one`, { method: 'POST', body })
  expect(told).toEqual(['log', 'failed'])
  const gone = new Promise<void>((resolve) => (page.onGone = resolve))
  controller.abort()
  await gone
}, 15_000)

test('Chromium is the one that CHROMIUM_PATH names, and what lacks is said in one sentence', () => {
  expect(findChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath)
  expect(() => findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })).toThrow(
    'CHROMIUM_PATH is /nowhere/chromium, which is not a program that can be started',
  )
  const nothing = { PATH: folder }
  expect(() => findChromium(nothing)).toThrow(
    /^no Chromium was found: install one \(Debian: apt install chromium\), set CHROMIUM_PATH to it, or/,
  )
})

test('what a page of another version sends ends what runs in it, with a sentence', async () => {
  const controller = new AbortController()
  const events = await fetch(`${server.url}events?page=old`, { signal: controller.signal })
  const page = pages.find(({ id }) => id === 'old')!
  const heard: unknown[] = []
  page.onMessage = (message) => heard.push(message)
  const send = (body: string) => fetch(`${server.url}messages?page=old`, { method: 'POST', body })
  const log = { type: 'log', run: 1, line: 'hello' }
  await send(JSON.stringify([log]))
  await send(JSON.stringify([{ type: 'log', line: 'hello' }]))
  await send('{')
  expect(heard).toEqual([
    log,
    {
      type: 'crashed',
      message:
        'a page sent a message that this version does not know: run is missing, expected a whole number; reload the page',
    },
    { type: 'crashed', message: expect.stringContaining('JSON') as string },
  ])
  controller.abort()
  await events.body?.cancel().catch(() => undefined)
})
