import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeArchive } from '../../unit/result-archive.js'
import { openStore } from '../store/store.js'
import { madeUpResult, temporaryFolder } from '../testing/store-helpers.js'
import { captureCommand } from '../testing/toy-command.js'

const toy = async (...words: string[]) => {
  const command = captureCommand()
  const code = await command.run(words)
  return { code, out: command.out(), err: command.err() }
}

/** A folder with the toy paper's first table. */
const madeTable = async () => {
  const results = temporaryFolder()
  expect((await toy('run', 'toy-table1', '--results', results)).code).toBe(0)
  return results
}

const reportOf = async (results: string) => {
  const { out } = await toy('report', 'toy-table1', '--results', results, '--format', 'csv')
  return out
}

test('what is exported and imported elsewhere gives the same report, artifacts included, and verifies', async () => {
  const results = await madeTable()
  const file = join(temporaryFolder(), 'toy.jsonl')
  const made = await toy(
    'export',
    'toy-table1',
    '--results',
    results,
    '--output',
    file,
    '--artifacts',
  )
  expect(made.out).toBe(`${file}: 9 results, 9 artifacts\n`)
  const elsewhere = join(temporaryFolder(), 'results')
  expect((await toy('import', file, '--results', elsewhere)).out).toBe(
    `${file}: 9 results added, 0 there already, 9 artifacts added\n`,
  )
  expect((await toy('import', file, '--results', elsewhere)).out).toBe(
    `${file}: 0 results added, 9 there already, 0 artifacts added\n`,
  )
  expect(readdirSync(join(elsewhere, 'runs'))).toEqual(readdirSync(join(results, 'runs')))
  expect(await reportOf(elsewhere)).toBe(await reportOf(results))
  expect((await toy('verify', '--results', elsewhere)).out).toBe(
    '9 results and 9 artifacts checked, 0 problems\n',
  )
})

test('an archive in a results folder is read in place of the files it was made of', async () => {
  const results = await madeTable()
  const before = await reportOf(results)
  const { out } = await toy('export', 'all', '--results', results, '--each', results)
  expect(out).toContain('toy-table1.synthetic.jsonl: 9 results, 0 artifacts')
  // A folder that is not there is made.
  const elsewhere = join(results, 'not', 'there')
  await toy('export', 'all', '--results', results, '--each', elsewhere)
  expect(readdirSync(elsewhere)).toEqual(['toy-table1.synthetic.jsonl'])
  // A result that is in both counts once.
  expect((await toy('verify', '--results', results)).out).toContain('9 results')
  rmSync(join(results, 'runs'), { recursive: true })
  expect(await reportOf(results)).toBe(before)
  expect((await toy('list', '--results', results)).out).toContain('3 of 3 cells, 3 seeds')
  expect((await toy('run', 'toy-table1', '--results', results)).out).toContain('(0 made now')
  expect((await toy('verify', '--results', results)).out).toContain('9 results')
})

test('an archive has one line per result, by name, so that it can be compared', () => {
  const [a, b] = [madeUpResult({ net: 'A' }), madeUpResult({ net: 'B' })]
  const text = encodeArchive([a, b])
  expect(text).toBe(encodeArchive([b, a]))
  const [head, first, second, ...rest] = text.split('\n')
  expect(head).toBe('{"format":"retable-results","formatVersion":1}')
  expect(rest).toEqual([''])
  for (const line of [first!, second!]) {
    const { name, sha256, result } = JSON.parse(line) as Record<string, string>
    expect(name).toContain(sha256!.slice(0, 16))
    expect([a, b]).toContainEqual(result)
  }
})

test('a damaged line, another format and another result of a unit are refused, naming file and remedy', async () => {
  const results = await madeTable()
  const folder = temporaryFolder()
  const file = join(folder, 'toy.jsonl')
  await toy('export', 'all', '--results', results, '--output', file, '--artifacts')
  const text = readFileSync(file, 'utf8')
  const importing = async (changed: string) => {
    const path = join(folder, 'changed.jsonl')
    writeFileSync(path, changed)
    const { code, err } = await toy('import', path, '--results', join(temporaryFolder(), 'results'))
    expect(code).toBe(1)
    return err
  }
  expect(await importing(text.replace('"top1":', '"top2":'))).toMatch(
    /changed\.jsonl \(train-toy\.[^)]*\) was changed after it was written/,
  )
  expect(await importing(text.replace(/("base64":".{8})./, '$1!'))).toContain('was cut short')
  expect(await importing(text.replace(/("base64":")(.)/, (_, start, one) => `${start}${one === 'Q' ? 'R' : 'Q'}`))).toContain('was changed: it hashes to') // prettier-ignore
  expect(await importing(text.slice(text.indexOf('\n') + 1))).toContain(
    'is no archive of results: expected {"format":"retable-results"',
  )
  expect(await importing(text.replace('"formatVersion":1}', '"formatVersion":2}'))).toContain(
    'was written by a later version (format 2, this one reads 1); update this one',
  )
  expect(await importing(`${text}half of a line`)).toContain('is neither a result nor an artifact')

  const other = openStore(join(temporaryFolder(), 'results'))
  const [mine] = openStore(results).list()
  other.write({ ...mine!.result, metrics: { top1: 1, top5: 1 } })
  const refused = await toy('import', file, '--results', other.dir)
  expect(refused.err).toContain('hold different results of unit')

  // In a folder that is read, a bad archive is named by `verify` and every other command.
  mkdirSync(join(other.dir, 'bad'))
  copyFileSync(join(folder, 'changed.jsonl'), join(other.dir, 'bad.jsonl'))
  expect((await toy('verify', '--results', other.dir)).err).toContain('bad.jsonl')
})

test('export says what it takes, and when there is nothing', async () => {
  const results = await madeTable()
  expect((await toy('export', 'all', '--results', results)).err).toContain(
    'export takes either --output FILE or --each DIR',
  )
  const none = await toy('export', 'toy-table1', '--results', temporaryFolder(), '--output', 'x')
  expect(none.err).toContain('holds no results of toy-table1')
})
