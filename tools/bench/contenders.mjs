import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

const isInstalled = (name) => {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

/** Steps of a turn that count; the one before them warms what the contender before has cooled. */
const counted = 3
/** Milliseconds from which a step is not warmed: it is as long as what it finds cold is short. */
const long = 300

/**
 * One turn of a contender: what each of its steps took. Short steps are taken several in a row, as in training: with single ones
 * in turns, an inference of 5 ms takes 8.5, since the others have filled the caches.
 */
export const takeTurn = async (worker) => {
  const first = await worker.step()
  if (first.ms > long) return [first]
  const steps = []
  for (let i = 0; i < counted; i++) steps.push(await worker.step())
  return steps
}

/**
 * What takes part in a benchmark of training steps, each in a process of its own: training-step-worker.mjs, and pytorch.py if a
 * python with torch is found (PYTHON, or python3). Says so if there is none.
 *
 * @param {number} threads of each
 * @param {number} longest milliseconds after which a step is stopped
 */
export const contendersOf = (threads, longest) => {
  const python = process.env.PYTHON ?? 'python3'
  const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads) }
  const found = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
    env,
    encoding: 'utf8',
  })
  if (found.status !== 0)
    console.log(`PyTorch takes no part: ${python} has no torch (PYTHON names another)`)

  /** A contender's process; `ready` resolves to what it says of itself, `step` to what a step took. */
  const start = (name, settings) => {
    const args = JSON.stringify({ ...settings, backend: name, threads })
    const stdio = ['pipe', 'pipe', 'inherit']
    const child =
      name === 'pytorch'
        ? spawn(python, [here('pytorch.py'), args], { env, stdio })
        : spawn(process.execPath, [here('training-step-worker.mjs'), args], { stdio })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const ended = new Promise((resolve) => child.once('close', resolve))
    const next = async () => {
      const { value, done } = await lines.next()
      if (done && child.killed) return { ms: Infinity }
      if (done) throw new Error(`${name} ended early on ${settings.net}, ${settings.mode}`)
      return JSON.parse(value)
    }
    return {
      ready: next,
      step: async () => {
        child.stdin.write('\n')
        const timer = setTimeout(() => child.kill('SIGKILL'), longest)
        const answer = await next()
        clearTimeout(timer)
        return answer
      },
      stop: () => {
        child.stdin.end()
        return ended
      },
    }
  }
  return {
    start,
    /** PyTorch's version; null without PyTorch */
    torch: found.status === 0 ? found.stdout.trim() : null,
    hasTfjsNode: isInstalled('@tensorflow/tfjs-node'),
  }
}
