import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '@retable/core'
import { expect, test } from 'vitest'
import {
  checkpoints,
  filesBelow,
  logLines,
  onlyResult,
  resultsFolder,
  startHeld,
  startSmall,
  until,
  type Ended,
} from './testing/small-process.js'

// Real trainings in real processes, on the build: killed at any moment, stopped, and carried on. Each attempt draws its
// number of loader threads again, since that must make no difference.

const often = ['--checkpoint-every', '0.0005']

const expectExit = (ended: Ended, code: number) =>
  expect(ended.code, `${ended.out}\n${ended.err}`).toBe(code)

const starts = (results: string) => logLines(results).filter(({ type }) => type === 'start').length

/** Steps that the newest attempt has made: this net's curve has a point a step. */
const stepsNow = (results: string): number => {
  const lines = logLines(results)
  const start = lines.findLastIndex(({ type }) => type === 'start')
  return lines.slice(start).filter(({ type }) => type === 'point').length
}

const whole = async (words: readonly string[]) => {
  const results = resultsFolder()
  expectExit(await startSmall(results, [...words, ...often]).ended, 0)
  const made = onlyResult(results)
  rmSync(results, { recursive: true })
  return made
}

test.each([
  { backend: 'wasm', cell: 'adam', epochs: 3, kills: 9, steps: 12 },
  { backend: 'onnx', cell: 'sgd', epochs: 3, kills: 9, steps: 12 },
  { backend: 'cpu', cell: 'sgd', epochs: 1, kills: 3, steps: 7 },
])(
  '$backend, $cell: killed at $kills moments, and the result is that of a run that was never stopped',
  async ({ backend, cell, epochs, kills, steps }) => {
    const words = ['drawn', '--only', cell, '--backend', backend, '--epochs', String(epochs)]
    const expected = await whole(words)
    const random = createRandom(`kills ${backend}`)
    let killed = 0
    let resumed = 0
    while (killed < kills) {
      const results = resultsFolder()
      for (let attempt = 1; ; attempt++) {
        const workers = String(random.int(3))
        const run = startSmall(results, [...words, ...often, '--workers', workers])
        if (killed < kills) {
          const step = random.int(steps)
          await until(run, () => starts(results) === attempt && stepsNow(results) >= step)
          // Somewhere in that step, or in the checkpoint that is being written.
          await new Promise((resolve) => setTimeout(resolve, random.uniform() * 150))
          run.kill('SIGKILL')
        }
        const ended = await run.ended
        if (ended.signal === null) {
          expectExit(ended, 0)
          break
        }
        expect(ended.signal).toBe('SIGKILL')
        expect(filesBelow(results).filter((name) => name.startsWith('runs/'))).toEqual([])
        killed++
      }
      const lines = logLines(results).map(({ text }) => String(text))
      resumed += lines.filter((text) => text.startsWith('resumes from the checkpoint')).length
      const { hash, result } = onlyResult(results)
      expect(result).toMatchObject({
        artifacts: expected.result['artifacts'],
        extra: expected.result['extra'],
        curve: expected.result['curve'],
      })
      expect(hash).toBe(expected.hash)
      rmSync(results, { recursive: true })
    }
    // Some moments are before the first checkpoint; were all of them, this would test nothing.
    expect(resumed).toBeGreaterThanOrEqual(kills / 3)
  },
  600_000,
)

const long = ['drawn', '--only', 'adam', '--backend', 'wasm', '--epochs', '4']

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s: the step is finished, a checkpoint written, exit %i, and the command printed goes on',
  async (signal, code) => {
    const expected = await whole(long)
    const results = resultsFolder()
    const ended = await startHeld(results, long, (run) => run.kill(signal))
    expectExit(ended, code)
    // The interval is five minutes: this checkpoint is the signal's own.
    const found = checkpoints(results)
    expect(found).toHaveLength(1)
    expect(filesBelow(join(results, '.work', 'locks'))).toEqual([])
    const again = /this command resumes it: node \S*small-table\.mjs run (.*)$/m.exec(
      ended.err,
    )![1]!
    expect(again).toContain(` --results ${results} `)
    const words = again.replace(` --results ${results}`, '').split(' ')
    expectExit(await startSmall(results, words).ended, 0)
    const said = `resumes from the checkpoint after step ${found[0]!.state.step} of 48`
    expect(logLines(results).map(({ text }) => text)).toContain(said)
    expect(onlyResult(results).hash).toBe(expected.hash)
    expect(onlyResult(results).result).toMatchObject({ timing: { attempts: 2 } })
  },
  600_000,
)

test('what does not fit is refused, saying what differs, until --force, which the result tells of', async () => {
  const results = resultsFolder()
  expectExit(await startHeld(results, long, (run) => run.kill('SIGTERM')), 143)
  const other = long.map((word) => (word === 'wasm' ? 'onnx' : word))
  const refused = await startSmall(results, other, { env: { SMALL_VERSION: '2.0.0' } }).ended
  expectExit(refused, 1)
  const differs = ['backend "wasm", now "onnx"', 'packages.small "1.0.0", now "2.0.0"']
  expect(refused.err).toContain(
    `unit "adam" was started with other software or data: ${differs.join('; ')}; --force resumes it anyway, --restart starts it again`,
  )
  const kept = checkpoints(results)
  // Another config is another unit: it starts from the beginning, and leaves this one's checkpoint alone.
  const config = long.map((word) => (word === '4' ? '1' : word))
  expectExit(await startSmall(results, config).ended, 0)
  expect(checkpoints(results)).toEqual(kept)
  rmSync(join(results, 'runs'), { recursive: true })
  const forced = startSmall(results, [...other, '--force'], { env: { SMALL_VERSION: '2.0.0' } })
  expectExit(await forced.ended, 0)
  expect(onlyResult(results).result).toMatchObject({ carriedOver: differs })
}, 600_000)
