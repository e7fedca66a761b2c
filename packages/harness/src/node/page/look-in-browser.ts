import { randomUUID } from 'node:crypto'
import { RetableError, isRetableError } from '@retable/core/host'
import type { BackendInfo } from '../../unit/context.js'
import { unpackError } from '../../unit/plain-error.js'
import { findChromium } from './find-chromium.js'
import type { PageOptions } from './page-options.js'
import type { OpenPage } from './connected-page.js'
import { servePages } from './page-server.js'
import { startChromium } from './start-chromium.js'

/** A backend in this machine's Chromium: what it runs on, or why it does not load. */
export type InBrowser =
  | { readonly name: string; readonly info: BackendInfo }
  | { readonly name: string; readonly reason: string }

/** How long a backend may take to load, in milliseconds. */
const patience = 60_000

/**
 * Loads backends in a page of this machine's Chromium, one after another, and says what each runs on.
 *
 * @returns the program, and one entry for each name
 * @throws RetableError `unavailable` if there is no Chromium, or it opens no page
 */
export const lookInBrowser = async (
  options: PageOptions,
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly program: string; readonly backends: readonly InBrowser[] }> => {
  const program = findChromium(env)
  let welcome: (page: OpenPage) => void = () => undefined
  const opened = new Promise<OpenPage>((resolve) => (welcome = resolve))
  const server = await servePages(options, (page) => welcome(page))
  const chromium = startChromium(`${server.url}?page=${randomUUID()}`, env)
  const ended = chromium.ended.then((how): never => {
    throw new RetableError('unavailable', `Chromium opened no page: it ${how}`)
  })
  try {
    const page = await Promise.race([opened, ended, tooLong('Chromium opened no page')])
    const backends: InBrowser[] = []
    for (const name of names) {
      try {
        const loaded = load(page, name)
        backends.push({ name, info: await Promise.race([loaded, ended, tooLong(name)]) })
      } catch (error) {
        if (!isRetableError(error)) throw error
        backends.push({ name, reason: error.message })
      }
    }
    return { program, backends }
  } finally {
    ended.catch(() => undefined)
    await chromium.close()
    await server.close()
  }
}

const load = (page: OpenPage, name: string): Promise<BackendInfo> =>
  new Promise((resolve, reject) => {
    page.onMessage = (message) => {
      if (message.type === 'loaded') resolve(message.backend)
      if (message.type === 'not-loaded') reject(unpackError(message.error))
      if (message.type === 'crashed') {
        reject(new RetableError('unavailable', `the page’s worker crashed: ${message.message}`))
      }
    }
    page.send({ type: 'load', backend: { name } })
  })

const tooLong = (what: string): Promise<never> =>
  new Promise((_, reject) => {
    const said = `${what}: no answer within ${patience / 1000} seconds`
    setTimeout(() => reject(new RetableError('unavailable', said)), patience).unref()
  })
