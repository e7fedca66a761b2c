import { spawn, type SpawnOptions } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  type Dirent,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('small-table.mjs', import.meta.url))

/** A folder of its own for a test's results. */
export const resultsFolder = (): string => mkdtempSync(join(tmpdir(), 'retable-resume-'))

/** How a process ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** The command of small-table.mjs at work. */
export interface SmallProcess {
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
  readonly running: () => boolean
}

/** Starts `small run …` on a results folder. */
export const startSmall = (
  results: string,
  words: readonly string[],
  { env, ...options }: SpawnOptions = {},
): SmallProcess => {
  const child = spawn(process.execPath, [bin, 'run', ...words, '--results', results], {
    ...options,
    env: { ...process.env, DEBUG: '', RETABLE_DATA: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  let over = false
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => {
      over = true
      resolve({ code, signal, out, err })
    }),
  )
  return { kill: (signal) => void child.kill(signal), ended, running: () => !over }
}

/**
 * Starts `small run …` and does something to it while it waits after its third update (small-table.mjs), then lets it go
 * on. An error if it ended before.
 */
export const startHeld = async (
  results: string,
  words: readonly string[],
  act: (run: SmallProcess) => void,
  options: SpawnOptions = {},
): Promise<Ended> => {
  const dir = mkdtempSync(join(tmpdir(), 'retable-hold-'))
  const hold = join(dir, 'hold')
  writeFileSync(hold, '')
  // Some of these processes run as another user.
  chmodSync(dir, 0o777)
  const env = { ...options.env, SMALL_HOLD: hold }
  const run = startSmall(results, words, { ...options, env })
  try {
    await until(run, () => existsSync(`${hold}.reached`))
    if (!run.running()) {
      const { out, err } = await run.ended
      throw new Error(`it ended before it was held:\n${out}\n${err}`)
    }
    act(run)
    rmSync(hold)
    return await run.ended
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The lines of the results folder's logs. */
export const logLines = (results: string): readonly Readonly<Record<string, unknown>>[] => {
  let names: string[]
  try {
    names = readdirSync(join(results, 'logs')).filter((name) => name.endsWith('.jsonl'))
  } catch {
    return []
  }
  return names.flatMap((name) =>
    readFileSync(join(results, 'logs', name), 'utf8')
      .split('\n')
      // A process killed while writing leaves half a line.
      .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Record<string, unknown>] : [])),
  )
}

/** Waits until something is so, or the process has ended. */
export const until = async (run: SmallProcess, isSo: () => boolean): Promise<void> => {
  while (run.running() && !isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Names of all files below a folder; a folder that is removed meanwhile has none. */
export const filesBelow = (folder: string): readonly string[] => {
  const below = (path: string): readonly string[] =>
    entriesOf(path).flatMap((entry) => {
      const inside = join(path, entry.name)
      if (entry.isDirectory()) return below(inside)
      return entry.isFile() ? [inside] : []
    })
  return below(folder).map((path) => path.slice(folder.length + 1))
}

const entriesOf = (path: string): readonly Dirent[] => {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** What is looked at of a checkpoint's JSON. */
interface Checkpoint {
  readonly number: number
  readonly savedAt: string
  readonly state: { readonly step: number }
}

/** The checkpoints of a run that has ended, newest first. */
export const checkpoints = (results: string): readonly Checkpoint[] =>
  filesBelow(results)
    .filter((name) => /checkpoint-\d+\.json$/.test(name))
    .map((name) => {
      const text = readFileSync(join(results, name), 'utf8')
      return (JSON.parse(text) as { checkpoint: Checkpoint }).checkpoint
    })
    .sort((a, b) => b.number - a.number)

/** The one result of a folder: its file's text, and the hash of all of it but when, how long and by which command. */
export const onlyResult = (
  results: string,
): { readonly hash: string; readonly result: Readonly<Record<string, unknown>> } => {
  const names = readdirSync(join(results, 'runs'))
  if (names.length !== 1) throw new Error(`expected one result, found ${names.join(', ')}`)
  const text = readFileSync(join(results, 'runs', names[0]!), 'utf8')
  const { result } = JSON.parse(text) as { result: Record<string, unknown> }
  const { timing: _, command: __, ...rest } = result
  return { result, hash: createHash('sha256').update(JSON.stringify(rest)).digest('hex') }
}
