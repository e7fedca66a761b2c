import type { JsonObject } from '@retable/core/host'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { defineUnit } from '../../unit/unit.js'
import { makeHere } from '../testing/runs.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { openStore } from '../store/store.js'
import { logName, openUnitLog } from './unit-log.js'

const train = defineUnit<{ readonly failAt?: number }>({
  kind: 'train',
  version: 1,
  run: ({ config, progress, point, log }) => {
    for (let step = 1; step <= 4; step++) {
      if (step === config.failAt) throw new Error('broke down')
      progress({ step, steps: 4, epoch: 0, loss: 4 / step, imagesPerSecond: 100 })
      if (step % 2 === 0) point({ step, epoch: step / 4, trainLoss: 4 / step })
    }
    log('weights written')
    return { metrics: { top1: 30 } }
  },
})

const linesOf = (dir: string, name: string) =>
  readFileSync(join(dir, 'logs', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject)

test('each run leaves JSON lines: start, progress, points, lines, its end; git passes over them', async () => {
  const store = openStore(temporaryFolder())
  store.prepare()
  const units = [
    train({ config: {}, seed: 7, label: 'net' }),
    train({ config: { failAt: 3 }, label: 'bad' }),
  ]
  await makeHere(units, store)
  const lines = linesOf(store.dir, logName(units[0]!))
  // One progress a second, and the last step.
  expect(lines.map(({ type, step }) => [type, step])).toEqual([
    ['start', undefined],
    ['progress', 1],
    ['point', 2],
    ['progress', 4],
    ['point', 4],
    ['line', undefined],
    ['done', undefined],
  ])
  expect(lines[0]).toMatchObject({ label: 'net', kind: 'train', config: {}, seed: 7, attempt: 1 })
  expect(lines[4]).toMatchObject({ trainLoss: 1, epoch: 1 })
  expect(lines[6]).toMatchObject({ metrics: { top1: 30 } })
  expect(lines.every(({ time }) => !Number.isNaN(Date.parse(time as string)))).toBe(true)
  expect(linesOf(store.dir, logName(units[1]!)).at(-1)).toMatchObject({
    type: 'failed',
    error: 'broke down',
  })
  expect(readFileSync(join(store.dir, 'logs', '.gitignore'), 'utf8')).toBe('*\n')
  expect(readdirSync(store.dir)).not.toContain('tensorboard')
})

test('a log that cannot be written is reported once, and the run continues', async () => {
  const store = openStore(temporaryFolder())
  store.prepare()
  mkdirSync(store.dir, { recursive: true })
  writeFileSync(join(store.dir, 'logs'), 'a file in the way')
  chmodSync(join(store.dir, 'logs'), 0o444)
  const { outcome, events } = await makeHere([train({ config: {}, label: 'net' })], store)
  expect(outcome).toMatchObject({ made: 1, failed: [] })
  const told = events.flatMap((event) => (event.type === 'log' ? [event.line] : []))
  expect(told.filter((line) => line.startsWith('the log cannot be written'))).toHaveLength(1)
})

const script = fileURLToPath(
  new URL('../../../../../tools/fixtures/event_files.py', import.meta.url),
)
const python = process.env['RETABLE_TENSORBOARD_PYTHON'] ?? 'python3'
const reader = 'from tensorboard.backend.event_processing import event_accumulator'
const hasTensorBoard = spawnSync(python, ['-c', reader]).status === 0

/** Two attempts of a unit, the second from step 4 on and on a clock that stands a day back. */
const twoAttempts = (): string => {
  const dir = temporaryFolder()
  const unit = train({ config: {}, seed: 1, label: 'net' })
  const open = (attempt: number, day: number) =>
    openUnitLog(unit, attempt, {
      dir,
      formats: ['tensorboard'],
      warn: (line) => expect(line).toBe(''),
      now: () => new Date(Date.UTC(2026, 0, day)),
    })
  const first = open(1, 10)
  for (let step = 1; step <= 6; step++) first.point({ step, epoch: 0, trainLoss: 10 - step })
  const second = open(2, 9)
  for (let step = 4; step <= 8; step++) second.point({ step, epoch: 0, trainLoss: 20 - step })
  return join(dir, 'tensorboard', logName(unit))
}

test('--log tensorboard: an event file per attempt, in the order of their names whatever the clock says', () => {
  const names = readdirSync(twoAttempts()).sort()
  expect(names).toHaveLength(2)
  expect(names[0]).toContain('tfevents.0001.1768003200.')
  expect(names[1]).toContain('tfevents.0002.1767916800.')
})

// RETABLE_TENSORBOARD_PYTHON names a Python with the package tensorboard, if python3 has none.
test.skipIf(!hasTensorBoard)(
  'TensorBoard’s own reader: the steps that the second attempt repeats are the second’s',
  () => {
    const read = execFileSync(python, [script, twoAttempts()], { encoding: 'utf8' })
    expect(JSON.parse(read)).toEqual({
      'curve/trainLoss': [
        ...[1, 2, 3].map((step) => [step, 10 - step]),
        ...[4, 5, 6, 7, 8].map((step) => [step, 20 - step]),
      ],
    })
  },
)
