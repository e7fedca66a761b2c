import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const packageDir = fileURLToPath(new URL('../../../', import.meta.url))
const root = join(packageDir, '../..')

/** Bundles the toy command from the sources, so that process tests run what is in the editor; returns its path. */
export const bundleToyBin = async (): Promise<string> => {
  // Beside the package's modules, so that its dependencies resolve.
  const outfile = join(packageDir, 'node_modules/.cache/toy-bin', `${process.pid}.mjs`)
  mkdirSync(join(outfile, '..'), { recursive: true })
  await build({
    entryPoints: [join(packageDir, 'src/node/testing/toy-bin.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: {
      '@retable/core/node': join(root, 'packages/core/src/node/index.ts'),
      '@retable/core/host': join(root, 'packages/core/src/host.ts'),
    },
    conditions: ['@retable/source'],
    logLevel: 'error',
  })
  return outfile
}

/** How a process ended, with what it printed. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** A toy command at work. */
export interface ToyProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<Ended>
  /** Waits until it has printed the text. */
  printed(text: string): Promise<void>
  /** Waits for a line of the toy log that holds the text. */
  logged(text: string, times?: number): Promise<void>
}

/** Starts the toy command in a folder, with the toy units writing to `log.txt` there. */
export const startToy = (
  bin: string,
  cwd: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ToyProcess => {
  const log = join(cwd, 'log.txt')
  // As if typed in a shell: what npm and Nx add to the environment decides how the next command is printed.
  const shell = Object.entries(process.env).filter(([name]) => !/^(npm|NX)_/.test(name))
  const child = spawn(process.execPath, [bin, ...words], {
    cwd,
    env: {
      ...Object.fromEntries(shell),
      DEBUG: '',
      TOY_LOG: log,
      RETABLE_DATA: '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, out, err })),
  )
  const until = async (text: string, isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      if (child.exitCode !== null) throw new Error(`ended before "${text}": ${out}${err}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return {
    child,
    ended,
    printed: (text) => until(text, () => (out + err).includes(text)),
    logged: (text, times = 1) =>
      until(text, () => toyLog(cwd).filter((line) => line.includes(text)).length >= times),
  }
}

/** The lines that the toy units of a folder wrote. */
export const toyLog = (cwd: string): readonly string[] => {
  const file = join(cwd, 'log.txt')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}
