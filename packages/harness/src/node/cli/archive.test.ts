import { chmodSync, copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeArchive } from '../../unit/result-archive.js'
import type { StoredResult } from '../../unit/result.js'
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
    /^toy: result train-toy\.\S+ in archive \S+changed\.jsonl was changed after it was written: .*; nothing was imported from it; export or copy it again\n$/,
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

  // In a folder that is read, a bad archive is named by every other command.
  copyFileSync(join(folder, 'changed.jsonl'), join(other.dir, 'bad.jsonl'))
  expect((await toy('report', 'toy-table1', '--results', other.dir)).err).toContain('bad.jsonl')
})

/** An archive of the toy paper’s first table, and its lines. */
const exported = async () => {
  const file = join(temporaryFolder(), 'toy.jsonl')
  const results = await madeTable()
  expect((await toy('export', 'all', '--results', results, '--output', file)).code).toBe(0)
  return { file, results, lines: readFileSync(file, 'utf8').trimEnd().split('\n') }
}

test('import takes the whole of an archive or nothing', async () => {
  const { file, lines } = await exported()
  const results = join(temporaryFolder(), 'results')
  const expectNothing = async (text: string, why: RegExp) => {
    writeFileSync(file, text)
    const { code, err, out } = await toy('import', file, '--results', results)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(why)
    expect(openStore(results).fileNames()).toEqual([])
  }
  await expectNothing(
    lines.join('\n').slice(0, -200),
    /toy\.jsonl was cut short .*; nothing was imported from it; export or copy it again\n$/,
  )
  const { result } = JSON.parse(lines[1]!) as { result: StoredResult }
  const other = encodeArchive([{ ...result, metrics: { top1: 1, top5: 1 } }]).split('\n')[1]!
  await expectNothing([...lines, other].join('\n'), /holds different results of unit "A"/)
})

test('a damaged line of an archive in the folder is no reason to delete the archive', async () => {
  const { file, lines, results } = await exported()
  rmSync(join(results, 'runs'), { recursive: true })
  copyFileSync(file, join(results, 'all.jsonl'))
  writeFileSync(join(results, 'all.jsonl'), lines.join('\n').slice(0, -200))
  const { err } = await toy('report', 'toy-table1', '--results', results)
  expect(err).toMatch(
    /^toy: result train-toy\.\S+ in archive \S+all\.jsonl was cut short .*; copy the archive again, or delete this line of it to have its unit run again\n$/,
  )
})

test('verify names what is no archive, and lines that are no results, and checks the rest', async () => {
  const { lines, results } = await exported()
  writeFileSync(join(results, 'a-log.jsonl'), '{"step":1}\n')
  writeFileSync(join(results, 'b-half.jsonl'), [...lines.slice(0, 3), 'half of a line'].join('\n'))
  const [name] = readdirSync(join(results, 'runs')).filter((one) => one.startsWith('train-toy'))
  const cut = join(results, 'runs', name!)
  chmodSync(cut, 0o644)
  writeFileSync(cut, readFileSync(cut, 'utf8').slice(0, 300))
  const { code, out } = await toy('verify', '--results', results)
  expect(code).toBe(1)
  expect(out).toContain('a-log.jsonl is no archive of results')
  expect(out).toContain('line 4 of ')
  expect(out).toContain(`${cut} was cut short`)
  expect(out).toContain('9 results and 8 artifacts checked, 3 problems')
})

test('a number that JSON has not is named with its file, in an archive and in a file', async () => {
  const { lines, results } = await exported()
  const changed = (text: string) => text.replace(/"top1":[\d.]+/, '"top1":1e999')
  const [name] = readdirSync(join(results, 'runs'))
  const file = join(results, 'runs', name!)
  chmodSync(file, 0o644)
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, changed(whole))
  const expectNamed = async (what: string) => {
    for (const words of [
      ['report', 'toy-table1'],
      ['report', 'all'],
      ['list'],
      ['run', 'toy-table1', '--dry-run'],
    ]) {
      const { code, err } = await toy(...words, '--results', results)
      expect([code, err]).toEqual([1, expect.stringContaining(what)])
      expect(err).toContain('holds no result: Infinity is not allowed')
      expect(err).not.toContain('this was not expected')
    }
  }
  await expectNamed(`result file ${file} `)
  rmSync(join(results, 'runs'), { recursive: true })
  writeFileSync(join(results, 'all.jsonl'), lines.map(changed).join('\n'))
  await expectNamed(`in archive ${join(results, 'all.jsonl')} `)
})

test('export says what it takes, and when there is nothing', async () => {
  const results = await madeTable()
  expect((await toy('export', 'all', '--results', results)).err).toContain(
    'export takes either --output FILE or --each DIR',
  )
  const none = await toy('export', 'toy-table1', '--results', temporaryFolder(), '--output', 'x')
  expect(none.err).toContain('holds no results of toy-table1')
})
