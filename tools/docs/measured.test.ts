import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withOwnVersion } from '../../docs/build/comparison.mjs'
import { readRecords } from '../bench/record.mjs'

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

interface Measured {
  readonly net: string
  readonly mode: string
  readonly name: string
  readonly batch: number
  readonly rate: number
  readonly peak: number
  readonly ms: number | null
}
const runs = readRecords('training-step') as readonly { readonly results: readonly Measured[] }[]

/** A number of one contender over that of another, for each net that both have run in one run. */
const ratios = (
  mode: string,
  [one, other]: readonly [string, string],
  of: 'rate' | 'peak' = 'rate',
): readonly number[] =>
  runs.flatMap(({ results }) =>
    results
      .filter((r) => r.mode === mode && r.name === one && r.ms !== null)
      .flatMap((mine) =>
        results
          .filter((r) => r.mode === mode && r.net === mine.net && r.batch === mine.batch)
          .filter((r) => r.name.startsWith(other))
          .map((theirs) => mine[of] / theirs[of]),
      ),
  )

const range = (numbers: readonly number[], digits = 2): string =>
  [Math.min(...numbers), Math.max(...numbers)].map((x) => x.toFixed(digits)).join(' to ')

/** The cells of a table's row that begins with a link to a backend's page. */
const rowOf = (text: string, backend: string): readonly string[] => {
  const line = text.split('\n').find((one) => one.startsWith(`| [\`${backend}\`](`))
  return line!.split('|').map((cell) => cell.trim())
}

const frontPage = read('README.md')
const backends = read('docs/backends/README.md')

test('wasm’s speed is the one in the benchmarks', () => {
  const speed = range(ratios('training', ['wasm', 'onnx']))
  expect(rowOf(backends, 'wasm')).toContain(speed)
  expect(rowOf(frontPage, 'wasm')).toContain(speed)
})

test('onnx next to PyTorch is what the benchmarks have', () => {
  const readme = read('packages/backend-onnx/README.md')
  const [low, high] = range(ratios('training', ['onnx', 'PyTorch'])).split(' to ')
  expect(readme).toContain(`training runs at ${low} (Caffe's quick net) to ${high} (VGG-16) of`)
  expect(readme).toContain(`inference at ${range(ratios('inference', ['onnx', 'PyTorch']))},`)
  const peaks = ['training', 'inference'].flatMap((mode) => ratios(mode, ['onnx', 'PyTorch'], 'peak')) // prettier-ignore
  const percent = peaks.map((x) => 100 * x)
  expect(readme).toContain(`in ${range(percent, 0)}% of its memory`)
})

test('the front page has the numbers of the backends’ page', () => {
  for (const backend of ['onnx', 'node', 'wasm', 'webgl', 'webgpu', 'cpu']) {
    const [, , , , , suite, speed] = rowOf(backends, backend)
    const [passed] = suite!.split(' of ')
    expect(rowOf(frontPage, backend).slice(4, 6)).toEqual([
      passed,
      speed!.replace(' in software', ''),
    ])
  }
})

test('the comparison has the version that the command prints', () => {
  const { contenders } = JSON.parse(read('docs/data/next-to.json')) as {
    readonly contenders: readonly { readonly id: string; readonly version?: string }[]
  }
  const { version } = JSON.parse(read('reproductions/package.json')) as { readonly version: string } // prettier-ignore
  const found = withOwnVersion(contenders) as typeof contenders
  expect(found.find(({ id }) => id === 'retable')?.version).toBe(version)
  expect(found.every((one) => one.version !== undefined)).toBe(true)
})
