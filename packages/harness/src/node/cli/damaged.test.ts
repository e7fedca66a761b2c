import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/store-helpers.js'
import { captureCommand } from '../testing/toy-command.js'

const toy = async (...words: string[]) => {
  const command = captureCommand()
  const code = await command.run(words)
  return { code, out: command.out(), err: command.err() }
}

/** Two evaluations of net A, at settings of their own, whose net's result was cut short. */
const withCutNet = async (...settings: string[]) => {
  const results = temporaryFolder()
  const words = ['toy-table2', '--only', 'A-1,A-10', '--seeds', '1', '--results', results]
  expect((await toy('run', ...words, ...settings)).code).toBe(0)
  const [name] = readdirSync(join(results, 'runs')).filter((one) => one.startsWith('train-toy'))
  const file = join(results, 'runs', name!)
  chmodSync(file, 0o644)
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 200))
  return { results, file, words }
}

test('list names a result that cannot be read, and prints the rest', async () => {
  const { results, file } = await withCutNet()
  const { code, out, err } = await toy('list', '--results', results)
  expect(code).toBe(1)
  expect(err).toMatch(
    /^toy: result file .* was cut short .*; delete it to have its unit run again\n$/,
  )
  expect(err).toContain(file)
  expect(out).toContain('toy-table2  Toy nets, several views')
  expect(out).toContain('2 of 4 cells')
  expect(out).toContain('toy-faults')
  const json = await toy('list', '--json', '--results', results)
  expect([json.code, json.err]).toEqual([1, err])
  expect(JSON.parse(json.out)).toHaveLength(4)
  rmSync(file)
  expect((await toy('list', '--results', results)).code).toBe(0)
})

test('what a run would refuse, a dry run and plan refuse as well', async () => {
  const { file, words } = await withCutNet()
  const tellings = [
    await toy('run', ...words, '--dry-run'),
    await toy('work', ...words, '--dry-run'),
    await toy('plan', ...words),
    await toy('run', ...words),
  ]
  for (const { code, out, err } of tellings) {
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^toy: result file .* was cut short/)
    expect(err).toContain(file)
  }
})

test('a run finds a result that cannot be read before it makes others', async () => {
  const { results } = await withCutNet()
  const before = readdirSync(join(results, 'runs'))
  const { code, err } = await toy('run', 'toy-table2', '--seeds', '1', '--results', results)
  expect(code).toBe(1)
  expect(err).toContain('was cut short')
  expect(readdirSync(join(results, 'runs'))).toEqual(before)
})

test('a report of other settings names the result that hides what was made', async () => {
  const { results, file } = await withCutNet()
  const words = ['report', 'toy-table2', '--tier', 'imagenet', '--results', results]
  expect((await toy(...words)).err).toContain(file)
})

test('a folder that --results names must be there for what only reads; the usual one may be missing', async () => {
  const missing = join(temporaryFolder(), 'none-such')
  for (const words of [['list'], ['report', 'toy-table1'], ['report', 'all'], ['plan']]) {
    const { code, out, err } = await toy(...words, '--results', missing)
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(`toy: there is no folder ${missing}; --results names the folder of results\n`)
  }
  expect((await toy('list')).code).toBe(0)
})

test.each(['run', 'list', 'verify', 'status', 'report'])(
  '%s says of a file that it is no folder',
  async (what) => {
    const file = join(temporaryFolder(), 'a-file')
    writeFileSync(file, '')
    const ids = ['run', 'report'].includes(what) ? ['toy-table1'] : []
    const { code, err } = await toy(what, ...ids, '--results', file)
    expect([code, err]).toEqual([2, `toy: ${file} is a file; expected a folder of results\n`])
  },
)

test('list of a table names its cells, for --only', async () => {
  const results = temporaryFolder()
  const { out } = await toy('list', 'toy-table1', '--results', results)
  expect(out).toContain('    cells: A, B, C\n')
  expect(out).not.toContain('toy-table2')
  expect((await toy('list', '--results', results)).out).not.toContain('cells: A')
  const wrong = await toy('list', 'toy-table9', '--results', results)
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean')])
})

test('artifacts that are not there are counted by verify, which says that they are no problem', async () => {
  const results = temporaryFolder()
  await toy('run', 'toy-table1', '--seeds', '1', '--results', results)
  rmSync(join(results, 'artifacts'), { recursive: true })
  const { code, out } = await toy('verify', '--results', results)
  expect([code, out]).toEqual([0, expect.stringContaining('3 artifacts not kept here, 0 problems')])
  expect((await toy('verify', '--help')).out.replaceAll(/\s+/g, ' ')).toContain(
    'Artifacts that are not there are counted, and are no problem',
  )
})
