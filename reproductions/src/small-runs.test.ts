import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { StoredResult } from '@retable/harness'
import { afterAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../dist/bin/retable.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'retable-small-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs one cell of a table with a few updates a net, from start to end; gives the results by kind. */
const made = async (id: string, ...words: readonly string[]) => {
  const results = join(folder, id)
  const run = ['run', id, '--results', results, '--backend', 'auto', ...words]
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...run])
  const runs = join(results, 'runs')
  const found = readdirSync(runs).map(
    (name) =>
      (JSON.parse(readFileSync(join(runs, name), 'utf8')) as { result: StoredResult }).result,
  )
  return {
    stdout,
    of: (kind: string) => found.filter((result) => result.kind === kind),
  }
}

test('tests on crops and densely are stored and fused, nothing is trained twice', async () => {
  const few = ['--steps', '3', '--test-limit', '20', '--crop-limit', '10', '--grid', '2']
  const { of, stdout } = await made('vgg-table5', '--only', 'D-both', ...few)
  expect(
    of('train-net')
      .map(({ label }) => label)
      .sort(),
  ).toEqual(['A, S=256', 'D, S=256', 'D, S=384', 'D, S=[256;512]'])
  const tests = of('evaluate-net')
  expect(tests).toHaveLength(6)
  for (const { artifacts } of tests) expect(artifacts['posteriors']!.bytes).toBeGreaterThan(400)
  const [fused] = of('fuse-predictions')
  // Ten images: errors are whole tens.
  expect(fused!.metrics['top1']! % 10).toBe(0)
  expect((fused!.extra['confusion'] as number[]).reduce((a, b) => a + b)).toBe(10)
  expect(stdout).toMatch(/retable(\.js)? report vgg-table5 .*--crop-limit 10/)
}, 240_000)

test('an ablation is set against the net of the paper', async () => {
  const few = ['--steps', '3', '--test-limit', '20']
  const { of } = await made('alexnet-ablations', '--only', 'conv3', ...few)
  expect(of('train-net')).toHaveLength(2)
  const [compared] = of('compare-tests')
  const { top1, top1Change, fitted, gap } = compared!.metrics as Record<string, number>
  const base = of('evaluate-net').find(({ label }) => label === 'AlexNet, ten-crop')!
  expect(top1Change).toBeCloseTo(top1! - base.metrics['top1']!, 10)
  expect(gap).toBeCloseTo(top1! - fitted!, 10)
}, 240_000)

test('the first layer’s kernels are kept for the figure', async () => {
  const { of } = await made('alexnet-figure3', '--steps', '2')
  const [kernels] = of('first-kernels')
  const { shape, values, towers } = kernels!.extra['kernels'] as {
    shape: number[]
    values: number[]
    towers: number
  }
  expect([shape, values.length, towers]).toEqual([[5, 5, 3, 12], 900, 2])
  const { colorful, gray, spread } = kernels!.metrics as Record<string, number>
  expect(spread).toBeCloseTo(colorful! - gray!, 12)
}, 240_000)

test('Figure 1 takes the best of the rates tried, and keeps the curve', async () => {
  const { of, stdout } = await made(
    'alexnet-figure1',
    '--only',
    'relu',
    '--epochs',
    '1',
    '--limit',
    '128',
  )
  expect(of('try-rate').map(({ seed }) => seed)).toEqual([0, 0, 0, 0])
  const [best] = of('train-at-best-rate')
  const trials = best!.extra['trials'] as { rate: number; least: number }[]
  const least = Math.min(...trials.map((trial) => trial.least))
  expect(trials.find((trial) => trial.least === least)!.rate).toBe(best!.metrics['rate'])
  expect(best!.curve.at(-1)).toHaveProperty('trainTop1')
  // Two updates: the target is not reached, and no number is made up.
  expect(best!.metrics).not.toHaveProperty('epochsToTarget')
  expect(stdout).toContain('NOT RUN: the net with ReLU')
}, 240_000)
