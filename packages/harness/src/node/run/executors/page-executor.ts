import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import type { BackendRequest, DataSource } from '../../../page/messages.js'
import type { UnitContext } from '../../../unit/context.js'
import type { JsonObject } from '@retable/core/host'
import { canonicalJson } from '../../../unit/canonical-json.js'
import type { PageOptions } from '../../page/page-options.js'
import { runIn, type RunningPage } from '../../page/page-run.js'
import type { OpenPage } from '../../page/connected-page.js'
import { servePages } from '../../page/page-server.js'
import { browserGone, startChromium, type StartedChromium } from '../../page/start-chromium.js'
import type { Store } from '../../store/store.js'
import { runUnit } from '../run-unit.js'
import { onceEach, type Services } from '../services.js'
import type { Perform } from '../task.js'
import type { Executor } from './executor.js'

/** How pages are opened. */
export interface PageExecutorOptions {
  /** The page that runs units: its files and how it is served. */
  readonly page: PageOptions
  /** `headless`: a Chromium is started for each job. `open`: the URL is said, and people open it. */
  readonly browser: 'headless' | 'open'
  /** The backend that a page makes ready. */
  readonly backend: BackendRequest
  /** What units ask for: data sets and the like. */
  readonly services: Services
  /** Where results and artifacts are kept. */
  readonly store: Store
  /** Told what people must do or know. */
  readonly say: (line: string) => void
  /** The environment in which Chromium is looked for and started; this process's unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Runs units in the pages of a browser, one unit per page. */
export interface PageExecutor extends Executor {
  /** Calls a function with services whose backend is a page's, and with what runs units there: for trials. */
  withPage<T>(
    use: (services: Services, perform: Perform) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
}

/** How long a browser may take to open its page, in milliseconds. */
const patience = 60_000

/** Opens the server, and the pages when they are first needed. */
export const createPageExecutor = async ({
  page: options,
  browser,
  backend,
  services: given,
  store,
  say,
  env = process.env,
}: PageExecutorOptions): Promise<PageExecutor> => {
  if (!existsSync(join(options.bundle, options.html))) {
    throw new RetableError(
      'unavailable',
      `the page has not been built (${options.bundle}); npx nx build reproductions builds it`,
    )
  }
  const services = onceEach(given)
  const shared = new Map<string, string>()
  const dataSource = async (context: UnitContext, request: object): Promise<DataSource> => {
    const data = await context.data(request as JsonObject)
    const { fingerprint, note } = data
    const source = { fingerprint, ...(note !== undefined && { note }) }
    const served = options.serveData(request as JsonObject, data)
    if (!served) return source
    const name = canonicalJson(request)
    const url = shared.get(name) ?? server.shareData(served.answer)
    shared.set(name, url)
    return { ...source, description: served.description, url }
  }

  interface Place {
    readonly page: RunningPage
    open: boolean
  }
  const free: Place[] = []
  const waiting: ((place: Place) => void)[] = []
  /** The browsers started here, by the name of their page. */
  const browsers = new Map<string, { readonly started: StartedChromium; place?: Place }>()
  const give = (place: Place): void => {
    if (!place.open) return
    const next = waiting.shift()
    if (next) next(place)
    else free.push(place)
  }
  const leave = (place: Place, error: Error): void => {
    place.open = false
    place.page.fail(error)
    if (free.includes(place)) free.splice(free.indexOf(place), 1)
  }

  const welcome = (open: OpenPage): void => {
    const place: Place = { page: runIn(open, server, backend, dataSource), open: true }
    open.onGone = () => leave(place, browserGone('closed its page'))
    const ours = browsers.get(open.id)
    if (ours) {
      ours.place = place
      void ours.started.ended.then((how) => leave(place, browserGone(how)))
    } else say('a browser has opened the page')
    give(place)
  }
  const server = await servePages(options, welcome)

  const start = (fail: (error: Error) => void): void => {
    const id = randomUUID()
    const started = startChromium(`${server.url}?page=${id}`, env)
    const ours: { readonly started: StartedChromium; place?: Place } = { started }
    browsers.set(id, ours)
    const timer = setTimeout(() => {
      if (!ours.place) void started.close()
    }, patience)
    timer.unref()
    void started.ended.then((how) => {
      clearTimeout(timer)
      if (!ours.place) {
        fail(new RetableError('unavailable', `Chromium opened no page: it ${how}`))
      }
      browsers.delete(id)
    })
  }

  let said = false
  const take = (signal: AbortSignal): Promise<Place> =>
    new Promise((resolve, reject) => {
      const ready = free.pop()
      if (ready) return resolve(ready)
      const settle = (place: Place): void => {
        signal.removeEventListener('abort', stopped)
        resolve(place)
      }
      const fail = (error: Error): void => {
        const at = waiting.indexOf(settle)
        if (at >= 0) waiting.splice(at, 1)
        signal.removeEventListener('abort', stopped)
        reject(error)
      }
      const stopped = (): void => fail(new RetableError('interrupted', 'the run was interrupted'))
      if (signal.aborted) return stopped()
      signal.addEventListener('abort', stopped, { once: true })
      waiting.push(settle)
      if (browser === 'open') {
        if (!said) {
          say(`open this in a browser, once for each job: ${server.url}`)
          const port = new URL(server.url).port
          say(`on another machine: ssh -L ${port}:127.0.0.1:${port} first, then open it there`)
        }
        said = true
        return
      }
      try {
        start(fail)
      } catch (error) {
        fail(error as Error)
      }
    })

  const withPage: PageExecutor['withPage'] = async (use, signal) => {
    const place = await take(signal)
    const { page } = place
    try {
      const inPage = { ...services, useBackend: () => page.useBackend() }
      return await use(inPage, (unit, context) => page.compute(unit, context))
    } finally {
      give(place)
    }
  }

  const end = async (): Promise<void> => {
    await Promise.all([...browsers.values()].map(({ started }) => started.close()))
  }
  return {
    name: 'page',
    withPage,
    run: (task) =>
      withPage(
        (inPage, perform) => runUnit({ ...task, services: inPage, store, perform }),
        task.signal,
      ),
    kill: () => void end(),
    close: async () => {
      await end()
      await server.close()
      await services.close()
    },
  }
}
