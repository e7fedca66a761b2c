import { createRandom, RetableError } from '@retable/core/host'
import { checkOutput } from '../unit/check-output.js'
import { packError, unpackError } from '../unit/plain-error.js'
import type { BackendInfo, OpenedData, UnitContext } from '../unit/context.js'
import type { CurvePoint, JsonObject } from '@retable/core/host'
import { definitionOf, unitDefinitions } from '../unit/pack.js'
import type { UnitDefinition } from '../unit/unit.js'
import { browserName } from './browser-name.js'
import type { BackendRequest, DataSource, FromPage, PageTask, ToPage } from './messages.js'
import { finiteOnly, throttled } from '../unit/throttled.js'

/** A backend that a page loaded. */
export interface PageBackend extends BackendInfo {
  /** Resolves with a sentence when the browser takes the GPU away. */
  readonly lost?: Promise<string>
}

/** What the worker of a page runs units with. */
export interface PageServices {
  /** The kinds of units that it can run. */
  readonly units: readonly { readonly definition: UnitDefinition }[]
  /** Loads and registers a backend; asked again for the same one, it gives the same. */
  readonly useBackend: (request: BackendRequest) => Promise<PageBackend>
  /** Opens a data set, from what its server says of it if it has a server. */
  readonly openData: (request: JsonObject, source: DataSource) => Promise<OpenedData>
}

/** The worker's end of its channel to the page. */
export interface PageChannel {
  /** Sends a message to the page. */
  postMessage(message: FromPage): void
  /** Hears the page's messages. */
  addEventListener(type: 'message', listener: (event: { readonly data: ToPage }) => void): void
}

/**
 * Runs units in the worker of a page, as messages ask for them: one file of a browser's bundle calls it, with the kinds
 * of units, the backends and the data sets that it has.
 *
 * A unit ends with RetableError `unavailable` as soon as the browser loses the GPU that it computes on: after that a
 * tensor's values may never come, or come as zeros.
 *
 * @example
 * servePage({ units: [trainNet], useBackend, openData })
 */
export const servePage = (
  { units, useBackend, openData }: PageServices,
  channel: PageChannel = globalThis,
): void => {
  const definitions = unitDefinitions(units)
  const tell = (message: FromPage): void => channel.postMessage(message)
  const questions = new Map<number, PromiseWithResolvers<unknown>>()
  const controllers = new Map<number, AbortController>()
  /** The runs of which a checkpoint was asked for that is not yet begun. */
  const toSave = new Set<number>()
  const opened = new Map<string, Promise<OpenedData>>()
  let asked = 0
  let loaded: { readonly key: string; readonly backend: Promise<PageBackend> } | undefined

  const ask = <T>(question: (number: number) => FromPage): Promise<T> => {
    const number = asked++
    const answer = withResolvers()
    questions.set(number, answer)
    tell(question(number))
    return answer.promise as Promise<T>
  }

  const load = (request: BackendRequest): Promise<PageBackend> => {
    const key = JSON.stringify(request)
    if (loaded?.key === key) return loaded.backend
    const backend = describe(useBackend(request))
    loaded = { key, backend }
    backend.catch(() => (loaded = undefined))
    return backend
  }

  const dataFor =
    (run: number, identity: { now: JsonObject }): UnitContext['data'] =>
    async <T>(request: JsonObject) => {
      const source = await ask<DataSource>((question) => ({ type: 'data', question, run, request }))
      const key = JSON.stringify([request, source.fingerprint])
      const opening = opened.get(key) ?? openData(request, source)
      opened.set(key, opening)
      opening.catch(() => opened.delete(key))
      const data = await opening
      if (source.fingerprint !== undefined && source.fingerprint !== data.fingerprint) {
        throw new RetableError(
          'mismatch',
          `the data set ${JSON.stringify(request)} has fingerprint ${data.fingerprint.slice(0, 12)} in the page and ` +
            `${source.fingerprint.slice(0, 12)} at the command: the page’s code is of another version; build it again`,
        )
      }
      const { fingerprint, note } = data
      identity.now = await ask<JsonObject>((question) => ({
        ...{ type: 'opened', question, run, request, fingerprint },
        ...(note !== undefined && { note }),
      }))
      return data as T
    }

  const work = async (task: PageTask): Promise<void> => {
    const { run, unit } = task
    const controller = new AbortController()
    controllers.set(run, controller)
    try {
      const definition = definitionOf(unit, definitions)
      const backend = await load(task.backend)
      const { lost, ...info } = backend
      const identity = { now: task.context.identity }
      const { artifactDir, identity: _, ...plain } = task.context
      const running = definition.run({
        ...plain,
        random: createRandom(plain.seed ?? 0),
        backend: info,
        threads: plain.threads,
        signal: controller.signal,
        checkpointAsked: () => toSave.delete(run),
        workers: 0,
        identity: () => identity.now,
        data: dataFor(run, identity),
        artifact: (name) => `${artifactDir}/${name}`,
        progress: throttled((progress) => tell({ type: 'progress', run, progress })),
        point: (point) => tell({ type: 'point', run, point: finiteOnly(point) as CurvePoint }),
        log: (line) => tell({ type: 'log', run, line }),
      })
      const output = await (lost ? unlessLost(running, lost) : running)
      // Here, since a message to the command is JSON, in which NaN turns into null.
      checkOutput({ label: unit.label, definition }, output)
      tell({ type: 'done', run, output })
    } catch (error) {
      tell({ type: 'failed', run, error: packError(error) })
    } finally {
      controllers.delete(run)
      toSave.delete(run)
    }
  }

  channel.addEventListener('message', ({ data: message }) => {
    switch (message.type) {
      case 'load':
        load(message.backend).then(
          ({ lost: _, ...backend }) => tell({ type: 'loaded', backend }),
          (error: unknown) => tell({ type: 'not-loaded', error: packError(error) }),
        )
        return
      case 'run':
        void work(message)
        return
      case 'stop':
        controllers.get(message.run)?.abort(new Error('stop'))
        return
      case 'save':
        if (controllers.has(message.run)) toSave.add(message.run)
        return
      case 'answer':
        questions.get(message.question)?.resolve(message.value)
        questions.delete(message.question)
        return
      case 'refused':
        questions.get(message.question)?.reject(unpackError(message.error))
        questions.delete(message.question)
        return
      default:
        message satisfies never
    }
  })
}

/** Adds the browser to what is known of a backend. */
const describe = async (loading: Promise<PageBackend>): Promise<PageBackend> => {
  const backend = await loading
  return {
    ...backend,
    version: await browserName(),
    details: { ...backend.details, isolated: globalThis.crossOriginIsolated === true },
  }
}

/** How long after an error the browser may still say that it has taken the GPU away. */
const lostMilliseconds = 1000

/**
 * What runs on a GPU, or an error as soon as the browser takes the GPU away. The backend may fail first, in words that do not
 * say why: a shader that does not compile.
 */
const unlessLost = async <T>(running: Promise<T> | T, lost: Promise<string>): Promise<T> => {
  try {
    return await Promise.race([running, lost.then(fail)])
  } catch (error) {
    await Promise.race([
      lost.then(fail),
      new Promise((resolve) => setTimeout(resolve, lostMilliseconds)),
    ])
    throw error
  }
}

const fail = (sentence: string): never => {
  throw new RetableError('unavailable', sentence)
}

const withResolvers = (): PromiseWithResolvers<unknown> => {
  let resolve: (value: unknown) => void = () => undefined
  let reject: (reason: unknown) => void = () => undefined
  const promise = new Promise<unknown>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

/** A promise and the functions that settle it. */
interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}
