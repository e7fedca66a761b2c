import type { CurvePoint, JsonObject } from '@retable/core/host'
import type { BackendInfo, NeededResult, Progress, UnitOutput } from '../unit/context.js'
import type { PlainError } from '../unit/plain-error.js'
import {
  anything,
  flag,
  messageOf,
  number,
  object,
  objectOf,
  optional,
  orNull,
  recordOf,
  text,
  whole,
  type Shape,
} from '../unit/shape.js'
import {
  backendShape,
  errorShape,
  neededResultShape,
  outputShape,
  pointShape,
  progressShape,
} from '../unit/unit-shapes.js'

/** Which backend a page is to load. */
export interface BackendRequest {
  /** Name of the backend: `wasm`. */
  readonly name: string
  /** Threads it may use (default: as many as there are). */
  readonly threads?: number
}

/** One unit as it travels to a page: its kind and label, and its context without what only functions can give. */
export interface PageTask {
  /** Number of the run, which the page's messages about it repeat. */
  readonly run: number
  /** Kind and version of the unit's definition, and what people call it. */
  readonly unit: { readonly kind: string; readonly version: number; readonly label: string }
  /** The backend to compute on. */
  readonly backend: BackendRequest
  /** The unit's context, without what only functions can give. */
  readonly context: {
    readonly config: JsonObject
    readonly seed: number | null
    /** Artifacts are URLs. */
    readonly needs: Readonly<Record<string, NeededResult>>
    readonly threads?: number
    /** URL of the folder of checkpoints. */
    readonly workDir: string
    /** URL of the folder that artifacts are written to. */
    readonly artifactDir: string
    readonly checkpointMinutes: number
    readonly checkpointShare?: number
    readonly force: boolean
    readonly identity: JsonObject
  }
}

/** Where a page gets a data set: what its server says of it, and the URL to ask for more. */
export interface DataSource {
  /** SHA-256 of the content, or of (generator, options). */
  readonly fingerprint?: string
  /** What is said of every result made from it. */
  readonly note?: string
  /** What the server says of the data set, in plain JSON. */
  readonly description?: JsonObject
  /** URL to ask for more (default: the page makes the data itself). */
  readonly url?: string
}

/** Messages to the worker of a page. */
export type ToPage =
  | { readonly type: 'load'; readonly backend: BackendRequest }
  | ({ readonly type: 'run' } & PageTask)
  | { readonly type: 'stop'; readonly run: number }
  /** Write a checkpoint after the step, and continue. */
  | { readonly type: 'save'; readonly run: number }
  /** The answer to a question. */
  | { readonly type: 'answer'; readonly question: number; readonly value: unknown }
  | { readonly type: 'refused'; readonly question: number; readonly error: PlainError }

/** Messages from the worker of a page. */
export type FromPage =
  | { readonly type: 'loaded'; readonly backend: BackendInfo }
  | { readonly type: 'not-loaded'; readonly error: PlainError }
  /** Where is this data set? Answered with a {@link DataSource}. */
  | {
      readonly type: 'data'
      readonly question: number
      readonly run: number
      readonly request: JsonObject
    }
  /** A data set was opened. Answered with the run's identity, the data set included. */
  | {
      readonly type: 'opened'
      readonly question: number
      readonly run: number
      readonly request: JsonObject
      readonly fingerprint: string
      readonly note?: string
    }
  | { readonly type: 'progress'; readonly run: number; readonly progress: Progress }
  | { readonly type: 'point'; readonly run: number; readonly point: CurvePoint }
  | { readonly type: 'log'; readonly run: number; readonly line: string }
  | { readonly type: 'done'; readonly run: number; readonly output: UnitOutput }
  | { readonly type: 'failed'; readonly run: number; readonly error: PlainError }

/** Further messages from the page around the worker to the server. */
export type FromPageItself =
  | { readonly type: 'hello'; readonly userAgent: string; readonly isolated: boolean }
  | { readonly type: 'crashed'; readonly message: string }

/** A further message to the page around the worker: end the worker, and start a fresh one when next asked. */
export type ToPageItself = { readonly type: 'renew' } | { readonly type: 'bye' }

const backendRequest = objectOf<BackendRequest>({ name: text, threads: optional(whole) })

/** All that a command tells a page. */
export const toPageShape: Shape<ToPage | ToPageItself> = messageOf<ToPage | ToPageItself>({
  load: { backend: backendRequest },
  run: {
    run: whole,
    unit: objectOf<PageTask['unit']>({ kind: text, version: whole, label: text }),
    backend: backendRequest,
    context: objectOf<PageTask['context']>({
      config: object,
      seed: orNull(whole),
      needs: recordOf(neededResultShape),
      threads: optional(whole),
      workDir: text,
      artifactDir: text,
      checkpointMinutes: number,
      checkpointShare: optional(number),
      force: flag,
      identity: object,
    }),
  },
  stop: { run: whole },
  save: { run: whole },
  answer: { question: whole, value: anything },
  refused: { question: whole, error: errorShape },
  renew: {},
  bye: {},
})

/** All that a page tells the command. */
export const fromPageShape: Shape<FromPage | FromPageItself> = messageOf<FromPage | FromPageItself>(
  {
    loaded: { backend: backendShape },
    'not-loaded': { error: errorShape },
    data: { question: whole, run: whole, request: object },
    opened: {
      question: whole,
      run: whole,
      request: object,
      fingerprint: text,
      note: optional(text),
    },
    progress: { run: whole, progress: progressShape },
    point: { run: whole, point: pointShape },
    log: { run: whole, line: text },
    done: { run: whole, output: outputShape },
    failed: { run: whole, error: errorShape },
    hello: { userAgent: text, isolated: flag },
    crashed: { message: text },
  },
)
