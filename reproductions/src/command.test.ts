import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../dist/bin/retable.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'retable-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const retable = async (...words: readonly string[]) => {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, ...words], { cwd: folder })
    return { code: 0, out: stdout, err: '' }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

test('list names every reproduction', async () => {
  const { out } = await retable('list')
  for (const id of ['vgg-table1', 'vgg-table2', 'vgg-table3', 'alexnet-cifar10', 'vgg-cifar10']) {
    expect(out).toContain(id)
  }
})

test.each(['run', 'work', 'doctor', 'eval'])('%s --help says where data sets are', async (word) => {
  const { out } = await retable(word, '--help')
  const words = out.replace(/\s+/g, ' ')
  expect(words).toMatch(/--data <dir> folder [\w ]+ \(default: RETABLE_DATA, else \.\/data\)/)
})

test.each([
  [['run', 'vgg-tabel3'], /unknown reproduction "vgg-tabel3"; did you mean "vgg-table3"/],
  [['run', 'vgg-table3', '--tier', 'cifar'], /unknown tier "cifar"; did you mean "cifar10"/],
  [
    ['run', 'vgg-table3', '--epochs', '3'],
    /vgg-table3 has no setting --epochs; it has --steps, --limit, --test-limit\n/,
  ],
  [['run', 'vgg-table5', '--grid', '0'], /'--grid <n>' argument '0' .*whole number of at least 1/],
  [['run', 'vgg-table3', '--test-limit', '1.5'], /'--test-limit <n>' .*whole number of at least 0/],
  [['run', 'vgg-cifar10', '--batch-size', '0'], /'--batch-size <n>' .*whole number of at least 1/],
  [['run', 'vgg-cifar10', '--learning-rate', '0'], /'--learning-rate <n>' .*a number above 0/],
  [['run', 'alexnet-cifar10', '--size', '1e9'], /'--size <n>' .*at least 1 and at most 4096/],
  [['run', 'vgg-table3', '--backend', 'wasn'], /unknown backend "wasn"; did you mean "wasm"/],
  [['run', 'vgg-table3', '--only', 'Z-256'], /unknown cell of vgg-table3 "Z-256"; did you mean/],
  [
    ['run', 'vgg-table3', '--tier', 'cifar10', '--data', 'no/where', '--only', 'A-256'],
    /there is no folder \S+\/no to make where in; check no\/where/,
  ],
])('%j ends in a sentence and no result', async (words, message) => {
  const { code, err } = await retable(...words, '--results', 'none')
  expect(code).not.toBe(0)
  expect(err).toMatch(message)
  expect(err).not.toMatch(/\n\s+at /)
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([])
})

test('a net trained for a few updates on synthetic images gets a result, once', async () => {
  const words = [
    ...['run', 'vgg-table3', '--only', 'A-256', '--steps', '60', '--test-limit', '200'],
    ...['--results', 'learnt', '--backend', 'auto'],
  ]
  const first = await retable(...words)
  expect(first.code).toBe(0)
  const top1 = / top-1 error ([0-9.]+)%/.exec(first.out)![1]
  // Chance is 90%.
  expect(Number(top1)).toBeLessThan(75)
  const again = await retable(...words)
  expect(again.out).toMatch(/0 made now/)
}, 180_000)
