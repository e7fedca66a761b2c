import { isRetableError, RetableError } from '@retable/core'
import type { BackendInfo, Plan, Unit } from '@retable/harness'
import { unitsOf, withNeeds } from '@retable/harness'
import type { FromPage, ToPage } from '@retable/harness/page'
import { urlFiles } from '@retable/harness/page'
import { dataSource } from './cifar-archive.js'

/** The backends that run in browsers, fastest first; written in when the page is bundled. */
declare const retableBackends: readonly string[]
export const pageBackends: readonly string[] = retableBackends

/** What was found of a backend: what it runs on, or why it does not load. */
export type Offer =
  | { readonly name: string; readonly ok: true; readonly info: BackendInfo }
  | { readonly name: string; readonly ok: false; readonly reason: string }

/** Starts the worker that every page of these reproductions has. */
export const startWorker = (): Worker =>
  new Worker('worker.js', { type: 'module', name: 'retable' })

/** Says a message to a fresh worker and hears it until `hear` gives an answer; the worker ends with it. */
const inFreshWorker = <T>(
  first: readonly ToPage[],
  hear: (message: FromPage, send: (message: ToPage) => void) => T | undefined,
): Promise<T> => {
  const worker = startWorker()
  return new Promise<T>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromPage>) => {
      try {
        const answer = hear(data, (message) => worker.postMessage(message))
        if (answer !== undefined) resolve(answer)
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    worker.onerror = ({ message }) => reject(new Error(message || 'the worker did not start'))
    for (const message of first) worker.postMessage(message)
  }).finally(() => worker.terminate())
}

/** Tries a backend in a worker of its own. */
export const offerOf = (name: string): Promise<Offer> =>
  inFreshWorker<Offer>([{ type: 'load', backend: { name } }], (message) => {
    if (message.type === 'loaded') return { name, ok: true, info: message.backend }
    if (message.type === 'not-loaded') return { name, ok: false, reason: message.error.message }
    return undefined
  }).catch((error: Error) => ({ name, ok: false, reason: error.message }))

const trialMilliseconds = 2000
const trialUrl = 'opfs:/retable/trial'

const firstTraining = (plan: Plan): Unit | undefined =>
  withNeeds(unitsOf(plan)).find(
    (unit) => !unit.definition.exact && Object.keys(unit.needs).length === 0,
  )

/**
 * Seconds that one unit of cost takes on a backend: from the first training of the plan, run for two seconds after its
 * first step and thrown away. Undefined if the plan trains nothing.
 */
export const secondsPerCost = async (plan: Plan, backend: string): Promise<number | undefined> => {
  const unit = firstTraining(plan)
  if (!unit) return undefined
  await urlFiles.remove(trialUrl)
  const { definition, config, seed, label } = unit
  const task: ToPage = {
    type: 'run',
    run: 1,
    unit: { kind: definition.kind, version: definition.version, label },
    backend: { name: backend },
    context: {
      ...{ config, seed, needs: {}, force: true, identity: {} },
      workDir: trialUrl,
      artifactDir: `${trialUrl}/artifacts`,
      checkpointMinutes: 60,
    },
  }
  let first: { readonly at: number; readonly step: number } | undefined
  try {
    return await inFreshWorker<number>([task], (message, send) => {
      switch (message.type) {
        case 'data': {
          const { question, request } = message
          dataSource(request).then(
            (value) => send({ type: 'answer', question, value }),
            (error: Error) =>
              send({ type: 'refused', question, error: { message: error.message } }),
          )
          return undefined
        }
        case 'opened':
          send({ type: 'answer', question: message.question, value: {} })
          return undefined
        case 'progress': {
          const { step, steps, phase } = message.progress
          if (phase !== undefined || step === 0) return undefined
          const at = performance.now()
          first ??= { at, step }
          const done = step - first.step
          if (done === 0 || (at - first.at < trialMilliseconds && step < steps)) return undefined
          return (((at - first.at) / 1000 / done) * steps) / unit.cost
        }
        case 'done':
          throw new RetableError('unavailable', 'it was over before it could be timed')
        case 'failed':
          throw new RetableError('unavailable', message.error.message)
        default:
          return undefined
      }
    })
  } finally {
    await urlFiles.remove(trialUrl).catch(() => undefined)
  }
}

/** What an adapter is called, and whether it is a GPU at all. */
export const adapterText = (offer: Offer): string => {
  if (!offer.ok) return offer.reason
  const { details = {}, why = '' } = offer.info
  const renderer = details['renderer']
  if (typeof renderer === 'string') return renderer
  return /\((.+)\)/.exec(why)?.[1] ?? why
}

export const isSoftware = (offer: Offer): boolean =>
  offer.ok && offer.info.details?.['software'] === true

/** Whether an offer can train: WebGL on 16-bit numbers cannot. */
export const canTrain = (offer: Offer): boolean =>
  offer.ok && offer.info.details?.['float32'] !== false

/** The sentence of an error, for people. */
export const sentenceOf = (error: unknown): string =>
  isRetableError(error) ? error.message : `not expected: ${String(error)}`
