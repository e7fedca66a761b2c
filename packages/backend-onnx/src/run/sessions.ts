import { RetableError } from '@retable/core'
import type { ResolvedOptions } from '../options.js'
import type { NativeRuntime, NativeSession } from './native.js'

/** What a session is made from, and what its user will look up with it later. */
export interface Compiled<T> {
  /** null: there is nothing to run */
  readonly model: Uint8Array | null
  /** elements read and written by all its kernels: whether it is worth a second thread */
  readonly work: number
  readonly about: T
}

/** A session and what it was made for. */
export interface CachedSession<T = unknown> {
  readonly key: Int32Array
  readonly session: NativeSession | null
  readonly about: T
}

/** Graphs that touch fewer elements than this run on one thread: waking a second costs more. */
const worthThreads = 1 << 16

const hash = (key: Int32Array): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key[i]!, 0x01000193)
  return h
}

const sameKey = (a: Int32Array, b: Int32Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Sessions by the structure of their graphs; when there are too many, the one unused for longest goes. */
export class SessionCache {
  // A Map keeps the order of insertion: the first entry is the one that was used longest ago.
  readonly #sessions = new Map<number, CachedSession[]>()
  #count = 0
  #created = 0

  constructor(
    readonly native: NativeRuntime,
    readonly options: ResolvedOptions,
  ) {}

  /** How many sessions are kept. */
  get size(): number {
    return this.#count
  }

  /** How many have been made in all. */
  get created(): number {
    return this.#created
  }

  /** The session of a graph, made at its first use. */
  get<T>(key: Int32Array, compile: () => Compiled<T>): CachedSession<T> {
    const bucket = hash(key)
    const entries = this.#sessions.get(bucket)
    const found = entries?.find((s) => sameKey(s.key, key))
    if (entries !== undefined && found !== undefined) {
      this.#sessions.delete(bucket)
      this.#sessions.set(bucket, entries)
      return found as CachedSession<T>
    }
    const { model, work, about } = compile()
    const made = { key, session: model && this.open(model, work), about }
    const list = entries ?? []
    list.push(made)
    this.#sessions.delete(bucket)
    this.#sessions.set(bucket, list)
    this.#count++
    this.#created++
    if (this.#count > this.options.maxSessions) this.#evict()
    return made
  }

  /** Opens a session on a model. */
  open(model: Uint8Array, work: number): NativeSession {
    const session = this.native.createSession()
    try {
      session.loadModel(
        model.buffer,
        model.byteOffset,
        model.byteLength,
        this.#sessionOptions(work),
      )
    } catch (cause) {
      throw explain(cause, this.options.provider)
    }
    return session
  }

  /** Closes those whose keys `isGone` names. */
  forget(isGone: (key: Int32Array) => boolean): void {
    for (const [bucket, list] of this.#sessions) {
      const kept = list.filter(({ key }) => !isGone(key))
      if (kept.length === list.length) continue
      for (const entry of list) if (!kept.includes(entry)) this.#close(entry)
      this.#count -= list.length - kept.length
      if (kept.length > 0) this.#sessions.set(bucket, kept)
      else this.#sessions.delete(bucket)
    }
  }

  /** Closes all of them. */
  clear(): void {
    for (const list of this.#sessions.values()) for (const entry of list) this.#close(entry)
    this.#sessions.clear()
    this.#count = 0
  }

  #evict(): void {
    const oldest = this.#sessions.entries().next().value
    if (oldest === undefined) return
    const [bucket, list] = oldest
    const entry = list.shift()
    if (list.length === 0) this.#sessions.delete(bucket)
    if (entry !== undefined) {
      this.#close(entry)
      this.#count--
    }
  }

  #close({ session }: CachedSession): void {
    if (this.options.profile !== null) session?.endProfiling()
    session?.dispose()
  }

  #sessionOptions(work: number): Record<string, unknown> {
    const { provider, threads, optimization, profile } = this.options
    return {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: work < worthThreads ? 1 : threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimization,
      logSeverityLevel: 3,
      // Its plan takes a second block for all that the arena holds already: half as much memory again, and no faster.
      enableMemPattern: false,
      // Threads that keep spinning after a run would take the cores from the next session's.
      extra: { session: { set_denormal_as_zero: '1', force_spinning_stop: '1' } },
      ...(profile === null ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    }
  }
}

/** ONNX Runtime's error as a sentence that says what to do. */
export const explain = (cause: unknown, provider: string): Error => {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/alloc|memory|bad_alloc/i.test(text)) {
    return new RetableError(
      'unavailable',
      `ONNX Runtime ran out of memory on the ${provider} provider (${text}); a smaller batch needs less`,
      { cause },
    )
  }
  return new RetableError(
    'unavailable',
    `ONNX Runtime failed on the ${provider} provider: ${text}`,
    {
      cause,
    },
  )
}
