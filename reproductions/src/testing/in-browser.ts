import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '@retable/harness/node'

const bin = fileURLToPath(new URL('../../dist/bin/retable.js', import.meta.url))

/** The Chromium that tests use; undefined if there is none, upon which they are skipped. */
export const chromium = (): string | undefined => {
  try {
    return findChromium()
  } catch (error) {
    console.log(`tests in a browser are skipped: ${(error as Error).message}`)
    return undefined
  }
}

/** A folder for results, or for anything. */
export const folder = (): string => mkdtempSync(join(tmpdir(), 'retable-browser-test-'))

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The `retable` command at work on a small part of Table 3. */
export interface Running {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
  readonly over: () => boolean
  readonly err: () => string
  readonly out: () => string
}

/** Starts `retable` with these words; its temporary files go to a folder of its own. */
export const start = (
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running => {
  const child = spawn(process.execPath, [bin, ...words], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  let over = false
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => {
      over = true
      resolve({ code, out, err })
    }),
  )
  return {
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    ended,
    over: () => over,
    err: () => err,
    out: () => out,
  }
}

/** Waits until something is so; an error after a minute and a half. */
export const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const end = Date.now() + 90_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Steps told by the logs of a results folder. */
export const stepsTold = (results: string): number => {
  try {
    const lines = readdirSync(join(results, 'logs'))
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(results, 'logs', name), 'utf8').split('\n'))
    return Math.max(
      0,
      ...lines.flatMap((line) => {
        if (!line.endsWith('}')) return []
        const { type, step } = JSON.parse(line) as { type: string; step?: number }
        return type === 'point' && step !== undefined ? [step] : []
      }),
    )
  } catch {
    return 0
  }
}

/** The lines that a results folder's logs say, of every attempt. */
export const linesTold = (results: string): readonly string[] =>
  readdirSync(join(results, 'logs'))
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(results, 'logs', name), 'utf8').split('\n'))
    .flatMap((line) => {
      if (!line.endsWith('}')) return []
      const { type, text } = JSON.parse(line) as { type: string; text?: string }
      return type === 'line' && text !== undefined ? [text] : []
    })

/** The process numbers of the Chromiums whose profiles lie in a folder. */
export const chromiumsIn = (temporary: string): readonly number[] =>
  readdirSync(temporary)
    .filter((name) => name.startsWith('retable-chromium-'))
    .flatMap((name) => {
      try {
        const link = readlinkSync(join(temporary, name, 'SingletonLock'))
        return [Number(link.slice(link.lastIndexOf('-') + 1))]
      } catch {
        return []
      }
    })

/** The process numbers of a Chromium's helpers of one type, by the beginning of its profile's path (Linux). */
export const helpersOf = (type: 'gpu-process' | 'renderer', profile: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // Chromium joins the words of its helpers by spaces.
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return [`--type=${type}`, `--user-data-dir=${profile}`].every((word) =>
          words.includes(word),
        )
      } catch {
        return false
      }
    })
    .map(Number)

/** The process numbers of what computes on the GPU for the Chromiums whose profiles lie in a folder (Linux). */
export const gpuProcessesIn = (temporary: string): readonly number[] =>
  helpersOf('gpu-process', join(temporary, 'retable-chromium-'))

/** Whether a process is there. */
export const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A process that has ended and is not yet waited for is there, and does nothing.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** A stored result, as far as tests look at it. */
export interface Stored {
  readonly file: string
  readonly key: string
  readonly kind: string
  readonly metrics: Readonly<Record<string, number>>
  readonly config: unknown
  readonly backend: {
    readonly name: string
    readonly version: string
    readonly why: string
    readonly details: Readonly<Record<string, unknown>>
  }
  readonly artifacts: Readonly<Record<string, { readonly sha256: string }>>
  readonly data: readonly { readonly fingerprint: string }[]
  readonly timing: { readonly attempts: number }
}

/** The results of a folder, by kind; artifacts are hashed again. */
export const resultsIn = (results: string): readonly Stored[] =>
  readdirSync(join(results, 'runs'))
    .sort()
    .map((file) => {
      const { result } = JSON.parse(readFileSync(join(results, 'runs', file), 'utf8')) as {
        result: Stored
      }
      for (const { sha256, file: name } of Object.values(result.artifacts) as {
        sha256: string
        file?: string
      }[]) {
        const bytes = readFileSync(join(results, 'artifacts', name!))
        const found = createHash('sha256').update(bytes).digest('hex')
        if (found !== sha256) throw new Error(`${name} hashes to ${found}`)
      }
      return { ...result, file }
    })

/** What decides whether two runs computed the same. */
export const computed = (results: string): unknown =>
  resultsIn(results).map(({ key, config, metrics, artifacts }) => ({
    ...{ key, config, metrics },
    artifacts: Object.entries(artifacts).map(([name, { sha256 }]) => [name, sha256]),
  }))
