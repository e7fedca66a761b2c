import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'retable-telemetry-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const load = `
import { registerOnnxBackend } from '@retable/backend-onnx'
import * as tf from '@tensorflow/tfjs-core'
await registerOnnxBackend({ threads: 1 })
await tf.setBackend('onnx')
await tf.square(tf.scalar(3)).data()
`

/** Runs a module with a home of its own and nothing in the environment; says what it printed, wrote and opened. */
const run = async (name: string, source: string, variables: Record<string, string> = {}) => {
  const home = join(folder, name)
  const temporary = join(folder, `${name}-tmp`)
  for (const path of [home, temporary]) mkdirSync(path)
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env
  // A file: Node's pipes are sockets.
  const output = join(folder, `${name}.txt`)
  const stdout = openSync(output, 'w')
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...env, HOME: home, TMPDIR: temporary, ...variables },
    stdio: ['ignore', stdout, stdout],
  })
  closeSync(stdout)
  const sockets = new Set<string>()
  const timer = setInterval(() => {
    for (const link of linksOf(child.pid)) if (link.startsWith('socket:')) sockets.add(link)
  }, 1)
  const [code] = (await once(child, 'close')) as [number]
  clearInterval(timer)
  return {
    code,
    printed: readFileSync(output, 'utf8').trim(),
    written: [...readdirSync(home), ...readdirSync(temporary)],
    sockets: [...sockets],
  }
}

/** What a process has open by `/proc`: nothing on a system without it. */
const linksOf = (pid: number | undefined): string[] => {
  const path = `/proc/${String(pid)}/fd`
  try {
    return readdirSync(path).flatMap((fd) => linkAt(join(path, fd)))
  } catch {
    return []
  }
}

const linkAt = (path: string): string[] => {
  try {
    return [readlinkSync(path)]
  } catch {
    return []
  }
}

describe('telemetry of ONNX Runtime', () => {
  // The library would write its files as soon as a session is made, and look up a host about ten seconds later.
  it('writes nothing and opens no socket', async () => {
    const seconds = 13
    const result = await run(
      'main',
      `${load}
      console.log(process.env.ORT_DISABLE_TELEMETRY)
      await new Promise((resolve) => setTimeout(resolve, ${seconds * 1000}))`,
    )
    expect(result).toEqual({ code: 0, printed: '1', written: [], sockets: [] })
  })

  it("leaves the user's own value", async () => {
    const { printed } = await run('own', `${load} console.log(process.env.ORT_DISABLE_TELEMETRY)`, {
      ORT_DISABLE_TELEMETRY: 'true',
    })
    expect(printed).toBe('true')
  })

  it('is refused in a worker thread of a process that has not turned it off', async () => {
    const { printed, written } = await run(
      'worker',
      `
      import { Worker } from 'node:worker_threads'
      const start = (env) =>
        new Promise((resolve) => {
          const code = \`
            import { parentPort } from 'node:worker_threads'
            import { registerOnnxBackend } from '@retable/backend-onnx'
            const answer = await registerOnnxBackend({ threads: 1 }).then(
              () => 'loaded',
              (error) => error.code + ': ' + error.message,
            )
            parentPort.postMessage(answer)
          \`
          new Worker(code, { eval: true, ...(env && { env }) }).once('message', resolve)
        })
      console.log(await start())
      process.env.ORT_DISABLE_TELEMETRY = '1'
      console.log(await start())
      console.log(await start({}))
      `,
    )
    expect(printed.split('\n')).toEqual([
      expect.stringMatching(
        /^unavailable: ONNX Runtime's telemetry cannot be turned off from a worker thread: set process\.env\.ORT_DISABLE_TELEMETRY = '1' in the main thread/,
      ),
      'loaded',
      'loaded',
    ])
    expect(written).toEqual([])
  })
})
