import { RetableError, type CurvePoint, type JsonObject } from '@retable/core/host'
import { canonicalJson } from '../unit/canonical-json.js'
import type { BackendInfo, NeededResult, UnitOutput } from '../unit/context.js'
import type { UnitListener } from '../unit/listener.js'
import { packError, unpackError } from '../unit/plain-error.js'
import type { StoredArtifact, StoredResult, UsedData } from '../unit/result.js'
import type { PlanSettings } from '../unit/settings.js'
import { storedResult } from '../unit/stored-result.js'
import { needKeys, unitKey } from '../unit/unit-key.js'
import type { Unit } from '../unit/unit.js'
import { browserName } from './browser-name.js'
import type { BackendRequest, DataSource, FromPage, ToPage } from './messages.js'
import { nextPageAttempt, writePageAttempts } from './page-attempts.js'
import type { PageStore } from './page-store.js'
import { urlFiles } from './url-files.js'

/** What {@link createPageRunner} needs. */
export interface PageRunnerOptions {
  /** Where results and checkpoints are. */
  readonly store: PageStore
  /** Starts the worker that calls `servePage`. */
  readonly startWorker: () => Worker
  /** Where the page has a data set; a rejection is the unit's error. */
  readonly dataSource: (request: JsonObject) => Promise<DataSource>
  /** Versions of the packages that compute, by name. */
  readonly packages: Readonly<Record<string, string>>
}

/** Hears how a unit goes in this page. */
export interface PageListener extends Pick<UnitListener, 'progress' | 'log'> {
  /** A point of the learning curve, as soon as it is known. */
  point(point: CurvePoint): void
}

/** One unit to run in this page. */
export interface PageJob {
  /** The unit to run; what it needs is in the store. */
  readonly unit: Unit
  /** The backend to compute on. */
  readonly backend: BackendRequest
  /** What was chosen when the unit was planned; kept with the result. */
  readonly settings: PlanSettings
  /** Hears how it goes. */
  readonly listener: PageListener
  /** Asks the unit to write a checkpoint and end. */
  readonly signal: AbortSignal
  /** Resume from a checkpoint of other software. */
  readonly force?: boolean
  /** The link that does the same again; kept with the result as its command. */
  readonly link: string
}

/** Runs units in a worker of this page, and keeps their results in its store. */
export interface PageRunner {
  /** Loads a backend in the worker, and says which it is. */
  readonly load: (backend: BackendRequest) => Promise<BackendInfo>
  /** Runs a unit whose needs have results; returns its result, which is stored. */
  readonly run: (job: PageJob) => Promise<StoredResult>
  /** Asks the unit that is running, if one is, to write a checkpoint and continue. */
  readonly save: () => void
  /** Ends the worker at once. */
  readonly end: () => void
}

/** A tab can be closed at once: what it has computed since the last checkpoint is lost then. */
const checkpointMinutes = 0.5
const checkpointShare = 0.05

/** A runner with one worker, which is replaced after anything that went wrong. */
export const createPageRunner = ({
  store,
  startWorker,
  dataSource,
  packages,
}: PageRunnerOptions): PageRunner => {
  let worker: Worker | undefined
  let runs = 0

  const save = (): void => worker?.postMessage({ type: 'save', run: runs } satisfies ToPage)

  const end = (): void => {
    worker?.terminate()
    worker = undefined
  }

  /** Says something to the worker, and hears it until `begin` settles. */
  const talk = <T>(
    first: ToPage,
    begin: (
      resolve: (value: T) => void,
      reject: (error: Error) => void,
      send: (message: ToPage) => void,
    ) => (message: FromPage) => void,
  ): Promise<T> => {
    const at = (worker ??= startWorker())
    return new Promise<T>((resolve, reject) => {
      const send = (message: ToPage): void => at.postMessage(message)
      const hear = begin(resolve, reject, send)
      at.onmessage = ({ data }: MessageEvent<FromPage>) => hear(data)
      at.onerror = ({ message }) => {
        end()
        reject(new RetableError('unavailable', `the worker of the page failed: ${message}`))
      }
      send(first)
    })
  }

  const load = (backend: BackendRequest): Promise<BackendInfo> =>
    talk<BackendInfo>({ type: 'load', backend }, (resolve, reject) => (message) => {
      if (message.type === 'loaded') resolve(message.backend)
      if (message.type === 'not-loaded') reject(unpackError(message.error))
    })

  const run = async (job: PageJob): Promise<StoredResult> => {
    const { unit, signal, listener, force = false } = job
    const { definition, config, seed, label } = unit
    const key = unitKey(unit)
    const workUrl = store.workUrl(key)
    const backend = await load(job.backend)
    const software: JsonObject = { backend: backend.name, browser: backend.version, packages }
    const attempt = await nextPageAttempt(workUrl, label, software, force)
    const began = performance.now()
    const elapsed = (): number => attempt.seconds + (performance.now() - began) / 1000
    const note = (): Promise<void> => writePageAttempts(workUrl, { ...attempt, seconds: elapsed() })
    await note()
    await urlFiles.remove(`${workUrl}/artifacts`)
    const fingerprints: Record<string, string> = {}
    const used: UsedData[] = []
    const identity = (): JsonObject => ({
      ...{ kind: definition.kind, version: definition.version, config, seed },
      needs: needKeys(unit),
      ...software,
      data: { ...fingerprints },
    })
    const number = ++runs
    const stop = (): void => worker?.postMessage({ type: 'stop', run: number } satisfies ToPage)
    const task: ToPage = {
      type: 'run',
      run: number,
      unit: { kind: definition.kind, version: definition.version, label },
      backend: job.backend,
      context: {
        ...{ config, seed, force, checkpointMinutes, checkpointShare },
        needs: await neededBy(unit, store),
        workDir: workUrl,
        artifactDir: `${workUrl}/artifacts`,
        identity: identity(),
      },
    }
    let output: UnitOutput
    try {
      output = await talk<UnitOutput>(task, (resolve, reject, send) => {
        if (signal.aborted) stop()
        signal.addEventListener('abort', stop, { once: true })
        const answer = (question: number, value: Promise<unknown>): void => {
          value.then(
            (found) => send({ type: 'answer', question, value: found }),
            (error: unknown) => send({ type: 'refused', question, error: packError(error) }),
          )
        }
        return (message) => {
          if (!('run' in message) || message.run !== number) return
          switch (message.type) {
            case 'data':
              return answer(message.question, dataSource(message.request))
            case 'opened': {
              const { request, fingerprint, note: remark } = message
              const name = canonicalJson(request)
              if (!Object.hasOwn(fingerprints, name)) {
                used.push({ request, fingerprint, ...(remark !== undefined && { note: remark }) })
              }
              fingerprints[name] = fingerprint
              return answer(message.question, Promise.resolve(identity()))
            }
            case 'progress':
              return listener.progress(message.progress)
            case 'point':
              return listener.point(message.point)
            case 'log':
              return listener.log(message.line)
            case 'done':
              return resolve(message.output)
            case 'failed':
              return reject(unpackError(message.error))
            default:
              message satisfies never
          }
        }
      })
    } catch (error) {
      if (!signal.aborted) end()
      await note().catch(() => undefined)
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
    const artifacts: Record<string, StoredArtifact> = {}
    for (const [name, url] of Object.entries(output.artifacts ?? {})) {
      const bytes = await urlFiles.read(url)
      if (!bytes) throw new RetableError('not-found', `artifact "${name}" of ${label} is gone`)
      artifacts[name] = await store.keepArtifact(bytes, /(\.[a-z0-9]+)?$/.exec(url)![0])
    }
    const result = storedResult(unit, {
      output,
      artifacts,
      data: used,
      backend,
      environment: {
        node: await browserName(),
        platform: 'a page',
        cpu: 'unknown processor',
        cores: navigator.hardwareConcurrency,
        memoryGiB: (navigator as { deviceMemory?: number }).deviceMemory ?? 0,
        packages,
      },
      timing: {
        startedAt: attempt.startedAt,
        seconds: elapsed(),
        attempts: attempt.attempts,
      },
      carriedOver: attempt.carriedOver,
      settings: job.settings,
      command: [job.link],
    })
    await store.add(result)
    await urlFiles.remove(workUrl)
    return result
  }

  return { load, run, save, end }
}

/** What a unit needs, with its artifacts as URLs that the worker can read. */
const neededBy = async (
  unit: Unit,
  store: PageStore,
): Promise<Readonly<Record<string, NeededResult>>> => {
  const kept = store.snapshot()
  const needed: Record<string, NeededResult> = {}
  for (const [name, need] of Object.entries(unit.needs)) {
    const found = kept.find(unitKey(need))?.result
    if (!found) {
      throw new RetableError(
        'not-found',
        `"${unit.label}" needs "${need.label}", which has no result`,
      )
    }
    const { metrics, curve, extra, seed } = found
    const artifacts: Record<string, string> = {}
    for (const [file, artifact] of Object.entries(found.artifacts)) {
      if (await store.readArtifact(artifact)) artifacts[file] = store.artifactUrl(artifact)
    }
    needed[name] = { metrics, curve, extra, seed, artifacts }
  }
  return needed
}
