import { open, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { RetableError } from '@retable/core/host'
import { fileDigest } from '@retable/core/node'

/** What {@link download} fetches, and how patiently. */
export interface DownloadOptions {
  /** Where the file is. */
  readonly url: string
  /** the file to make; while it is not whole and verified it is called `<to>.part` */
  readonly to: string
  /** the published MD5, in hexadecimal */
  readonly md5: string
  /** what to do by hand if the download fails, for the error */
  readonly advice: string
  /** attempts in a row that bring nothing before giving up; default 4 */
  readonly attempts?: number
  /** a connection that brings nothing for so long is given up; default 30,000 ms */
  readonly stallMs?: number
  /** the wait before the second attempt, doubled before each further one; default 1,000 ms */
  readonly retryMs?: number
  /** Called with the bytes that have arrived and, if the server says it, how many there are in all. */
  readonly onProgress?: (bytes: number, of: number | undefined) => void
  /** Stops the download; what has arrived is kept for the next attempt. */
  readonly signal?: AbortSignal
}

/** A failure that another attempt will not fix. */
class Hopeless extends Error {}

const sizeOf = async (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )

/** A signal that aborts with `signal`, or when `alive` has not been called for `ms`. */
const stallGuard = (ms: number, signal: AbortSignal | undefined) => {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${ms} ms`)), ms)
  const signals = signal === undefined ? [stalled.signal] : [stalled.signal, signal]
  return {
    signal: AbortSignal.any(signals),
    alive: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  }
}

/** The first byte that a partial answer holds, of `Content-Range: bytes 100-199/200`. */
const rangeStart = (response: Response): number =>
  Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN)

/** One request: resumes the part if the server can, and starts again if it cannot. */
const attempt = async (options: DownloadOptions, part: string): Promise<void> => {
  const { url, stallMs = 30_000, onProgress } = options
  const have = await sizeOf(part)
  const guard = stallGuard(stallMs, options.signal)
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal: guard.signal,
    })
    const { status } = response
    if (status === 416) {
      // Nothing beyond what we have: whole, or too long. The checksum tells.
      await response.body?.cancel()
      return
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      const message = `the server answered ${status} ${response.statusText}`.trim()
      throw status < 500 && status !== 408 && status !== 429
        ? new Hopeless(message)
        : new Error(message)
    }
    const resumed = status === 206 && rangeStart(response) === have
    if (status === 206 && !resumed) {
      await response.body.cancel()
      throw new Error('the server answered with another range than was asked for')
    }
    let at = resumed ? have : 0
    const rest = response.headers.get('content-length')
    const whole = rest === null ? undefined : at + Number(rest)
    const file = await open(part, resumed ? 'r+' : 'w')
    try {
      // fetch's body is an async iterable in Node.
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        guard.alive()
        await file.write(chunk, 0, chunk.length, at)
        at += chunk.length
        onProgress?.(at, whole)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    if (whole !== undefined && at < whole) {
      throw new Error(`the connection ended after ${at} of ${whole} bytes`)
    }
  } finally {
    guard.end()
  }
}

/** Attempts until the server has sent all it has; progress makes the patience new. */
const fetchAll = async (options: DownloadOptions, part: string): Promise<void> => {
  const { attempts = 4, retryMs = 1_000, signal } = options
  let barren = 0
  for (;;) {
    const before = await sizeOf(part)
    try {
      return await attempt(options, part)
    } catch (error) {
      signal?.throwIfAborted()
      barren = (await sizeOf(part)) > before ? 0 : barren + 1
      if (error instanceof Hopeless || barren >= attempts || !isWorthAnotherTry(error)) throw error
      await pause(retryMs * 2 ** Math.max(0, barren - 1), undefined, { signal })
    }
  }
}

/** A full disk, a folder without permission or a name that does not resolve is not fixed by trying again. */
const isWorthAnotherTry = (error: unknown): boolean => {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  const hopeless = ['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EDQUOT', 'ENOTFOUND']
  return ![code, cause?.code].some((found) => hopeless.includes(String(found)))
}

const reason = (error: unknown): string => {
  const { message, cause } = error as { message?: string; cause?: { message?: string } }
  return [message, cause?.message].filter(Boolean).join(': ')
}

/**
 * Fetches a file over HTTP, resumes after a broken connection (or an earlier call's) by a Range request, and verifies
 * its MD5 before it gets its name: `to` is either whole and right, or not there.
 *
 * A part that turns out wrong is fetched once more from the start, then given up and removed.
 *
 * @throws RetableError `download-failed`, naming the address, what went wrong and what to do by hand; `interrupted` if
 * `signal` aborts (the part stays, and the next call resumes it).
 */
export const download = async (options: DownloadOptions): Promise<void> => {
  const { url, to, md5, advice, signal } = options
  const part = `${to}.part`
  const failure = (why: string, cause?: unknown) =>
    new RetableError('download-failed', `could not download ${url}: ${why}. ${advice}`, { cause })
  let resumed = (await sizeOf(part)) > 0
  for (;;) {
    try {
      await fetchAll(options, part)
    } catch (error) {
      if (signal?.aborted === true) {
        throw new RetableError('interrupted', `the download of ${url} was stopped`, {
          cause: error,
        })
      }
      throw failure(reason(error), error)
    }
    const found = await fileDigest(part, 'md5')
    if (found === md5) break
    const bytes = await sizeOf(part)
    await rm(part, { force: true })
    if (!resumed) {
      throw failure(`its ${bytes} bytes have MD5 ${found}, expected ${md5}; they were not kept`)
    }
    resumed = false
  }
  await rename(part, to)
}
