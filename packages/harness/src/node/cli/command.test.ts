import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import { takeLease } from '@retable/core/node'
import { expect, test } from 'vitest'
import type { PlanRequest } from '../../declare/reproduction.js'
import type { Override } from '../../declare/override.js'
import { planReproduction } from '../../plan/plan.js'
import type { Report } from '../../report/report.js'
import { unitKey } from '../../unit/unit-key.js'
import { captureCommand } from '../testing/toy-command.js'
import { toyTable1 } from '../testing/toy-paper.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { openStore } from '../store/store.js'
import { createCommand } from './create-command.js'
import type { CommandOptions } from './options.js'
import { toyOptions } from '../testing/toy-command.js'

const called = async (words: readonly string[], options = {}) => {
  const command = captureCommand(options)
  const code = await command.run(words)
  return { code, out: command.out(), err: command.err() }
}

/** A folder of results with toy-table1 made in it. */
const made = async () => {
  const results = temporaryFolder()
  const run = await called(['run', 'toy-table1', '--results', results])
  return { results, run }
}

const reportOf = async (id: string, results: string, ...more: string[]): Promise<Report> => {
  const { out } = await called(['report', id, '--results', results, '--format', 'json', ...more])
  return JSON.parse(out) as Report
}

test('run makes the table, prints it with verdicts, and says where the results are', async () => {
  const results = temporaryFolder()
  const seeds = ['--seeds', '1,2,3,4,5']
  const run = await called(['run', 'toy-table1', '--results', results, ...seeds])
  expect(run.err).toBe('')
  expect(run.code).toBe(0)
  expect(run.out).toContain('[15/15] C (seed 5): top-1 error')
  expect(run.out).toMatch(/^A +29\.6 +\d\d\.\d ± \d\.\d \(5\)/m)
  expect(run.out).toContain('SUPPORTED: B beats A (§4)')
  expect(run.out).toContain('one-sided paired tests over seeds')
  expect(run.out).toMatch(
    /^ {4}supported: n = 5, effect \d\.\d\d percentage points gain of B over A/m,
  )
  expect(run.out).toContain('- Toy data. Why: ImageNet is large. Effect:')
  expect(run.out).toContain(
    `Report: toy report toy-table1 --seeds 1,2,3,4,5 --results ${results} --format markdown`,
  )
  expect(run.out).toContain(`Results: ${results} (15 made now`)
  expect(readdirSync(join(results, 'runs'))).toHaveLength(15)
})

test('a run with too few seeds for a verdict ends in the command that makes enough, and how long it takes', async () => {
  const results = temporaryFolder()
  const few = await called(['run', 'toy-table1', '--seeds', '2', '--results', results])
  const lines = few.out.trimEnd().split('\n')
  expect(lines.at(-2)).toMatch(
    /^\d claims? needs? more seeds for a verdict; to make 5 \(in about .*\):$/,
  )
  const command = `toy run toy-table1 --seeds 1,2,3,4,5 --results ${results}`
  expect(lines.at(-1)).toBe(`  ${command}`)
  const enough = await called(command.split(' ').slice(1))
  expect(enough.code).toBe(0)
  expect(enough.out).not.toContain('more seeds for a verdict')
})

test('bars on a terminal, plain lines on one that is dumb', async () => {
  const printedOn = async (TERM: string): Promise<string> => {
    let out = ''
    const write = (text: string) => ((out += text), true)
    const terminal = Object.assign(new EventEmitter(), { write, isTTY: true, columns: 20, rows: 5 })
    const command = createCommand({ ...toyOptions, env: { TERM }, stdout: terminal })
    expect(await command.run(['run', 'toy-table1', '--results', temporaryFolder()])).toBe(0)
    return out
  }
  expect(await printedOn('xterm')).toContain('\x1b[')
  const plain = await printedOn('dumb')
  expect(plain).not.toContain('\x1b')
  expect(plain).toContain('[9/9] C (seed 3): top-1 error')
})

test('a second run does nothing and prints the same table', async () => {
  const { results, run } = await made()
  const again = await called(['run', 'toy-table1', '--results', results])
  expect(again.out).toContain('9 results are there already')
  expect(again.out).toContain('(0 made now')
  const table = (text: string) => text.slice(text.indexOf('Toy nets ('), text.indexOf('Results:'))
  expect(table(again.out)).toBe(table(run.out))
})

test('tables share what they need: the second trains nothing', async () => {
  const { results } = await made()
  const { out } = await called(['run', 'toy-table2', '--results', results])
  expect(out).toContain('(12 made now')
  const names = readdirSync(join(results, 'runs'))
  expect(names.filter((name) => name.startsWith('train-toy'))).toHaveLength(9)
})

test('a reduced tier prints no difference to the paper’s numbers; the imagenet tier does, with verdicts', async () => {
  const { results } = await made()
  const reduced = await reportOf('toy-table1', results)
  expect(
    reduced.cells.flatMap(({ numbers }) => numbers.map(({ comparison }) => comparison)),
  ).toEqual(Array(8).fill(null))
  const { out } = await called(['report', 'toy-table1', '--results', results])
  expect(out).not.toContain('Δ')
  expect(out).toContain('for reference')
  const five = ['--seeds', '1,2,3,4,5']
  await called(['run', 'toy-table1', '--results', results, '--tier', 'imagenet', ...five])
  const full = await reportOf('toy-table1', results, '--tier', 'imagenet')
  const [a] = full.cells
  const [top1] = a!.numbers
  expect(top1!.comparison!.delta).toBeCloseTo(top1!.mean! - 29.6, 10)
  expect(top1!.comparison!.verdict).toBe('reproduced')
  const changed = await called([
    ...['run', 'toy-table1', '--results', results, '--tier', 'imagenet', '--steps', '3'],
  ])
  expect(changed.out).not.toContain('Δ')
  expect(changed.out).toContain('Settings were changed from the paper’s protocol')
})

test('what was not made says “not run”, and quoted rows have no number of ours', async () => {
  const results = temporaryFolder()
  const { out } = await called([
    'run',
    'toy-table1',
    '--results',
    results,
    '--only',
    'B',
    '--seeds',
    '1',
  ])
  expect(out).toMatch(/^A +29\.6 +not run/m)
  expect(out).toMatch(/^B +25\.1 +\d\d\.\d \(1\)/m)
  expect(out).toMatch(/^Other 2019 +40\.7 +18\.2$/m)
  expect(out).toContain('NOT RUN: B beats A')
  expect(out).toContain('NOT RUN: C beats B beats A')
  expect(out).not.toContain('INCONCLUSIVE')
  const report = await reportOf('toy-table1', temporaryFolder())
  expect(report.claims.map(({ verdict }) => verdict)).toEqual(['not run', 'not run'])
  expect(report.cells.map(({ state }) => state)).toEqual([
    'not run',
    'not run',
    'not run',
    'quoted',
  ])
})

test('a report takes every seed that has a result, so that none is left out of the mean', async () => {
  const { results } = await made()
  await called(['run', 'toy-table1', '--results', results, '--seeds', '7', '--only', 'A'])
  const report = await reportOf('toy-table1', results)
  expect(report.seeds).toEqual([1, 2, 3, 7])
  expect(report.cells[0]!.numbers[0]!.n).toBe(4)
  expect(report.cells[0]!.state).toBe('made')
  expect(report.cells[1]!.state).toBe('partly made')
  expect((await reportOf('toy-table1', results, '--seeds', '1,2')).cells[0]!.numbers[0]!.n).toBe(2)
  expect(report.command).toBe(`toy run toy-table1 --seeds 1,2,3,7 --results ${results}`)
})

test('counts need no tier, seed or store, and are compared exactly', async () => {
  const results = temporaryFolder()
  const { out, code } = await called([
    'run',
    'toy-count',
    '--results',
    results,
    '--tier',
    'cifar10',
  ])
  expect(code).toBe(0)
  expect(out).toMatch(/^abc +3 +3 +0 +equal$/m)
  expect(out).toMatch(/^abcd +5 +4 +-1 +differs$/m)
  expect(out).toContain('CONTRADICTED: abc has at most half')
  expect(readdirSync(results)).toEqual([])
})

test('csv has a line a cell, metric and seed', async () => {
  const { results } = await made()
  const { out } = await called(['report', 'toy-table1', '--results', results, '--format', 'csv'])
  const lines = out.trim().split('\n')
  expect(lines[0]).toBe(
    'reproduction,tier,cell,row,column,metric,state,paper,n,mean,sd,delta,verdict,seed,value,carriedOver,diverged,implementation',
  )
  // Three cells, two metrics, three seeds; and the quoted one.
  expect(lines).toHaveLength(1 + 3 * 2 * 3 + 2)
  expect(lines.at(-1)).toBe('toy-table1,synthetic,other,Other 2019,,top5,quoted,18.2,0,,,,,,,,,')
})

test('report --into replaces the section between the markers and nothing else', async () => {
  const { results } = await made()
  const file = join(temporaryFolder(), 'README.md')
  const begin = '<!-- begin toy report toy-table1 -->'
  const end = '<!-- end toy report toy-table1 -->'
  writeFileSync(file, `# Title\n\n${begin}\nold\n${end}\n\nlast\n`)
  const into = ['report', 'toy-table1', '--results', results, '--into', file]
  expect((await called(into)).code).toBe(0)
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('Generated; edits are lost')
  expect(text).toContain('| A ')
  expect(text).not.toContain('old')
  expect(text.startsWith('# Title\n\n')).toBe(true)
  expect(text.endsWith(`${end}\n\nlast\n`)).toBe(true)
  await called(into)
  expect(readFileSync(file, 'utf8')).toBe(text)
  writeFileSync(file, '# Title\n')
  const missing = await called(into)
  expect(missing).toMatchObject({ code: 1, err: `toy: ${file} has no line "${begin}"\n` })
  expect(readFileSync(file, 'utf8')).toBe('# Title\n')
})

test('report --format html and latex, in a file and on stdout', async () => {
  const { results } = await made()
  const file = join(temporaryFolder(), 'page.html')
  const words = ['report', 'toy-table1', '--results', results]
  await called([...words, '--format', 'html', '--output', file])
  const page = readFileSync(file, 'utf8')
  expect(page.startsWith('<!doctype html>')).toBe(true)
  // Two claims with three parts, three nets with a curve.
  expect(page.match(/<circle /g)).toHaveLength(3)
  expect(page.match(/class="line mean average"/g)).toHaveLength(3)
  expect(page.match(/class="line run"/g)).toHaveLength(9)
  const { out } = await called([...words, '--format', 'latex'])
  expect(out).toContain('\\toprule')
})

test('report --plots writes drawings and links them from where the text goes', async () => {
  const { results } = await made()
  const folder = temporaryFolder()
  const file = join(folder, 'table.md')
  const words = ['report', 'toy-table2', '--results', results]
  await called(['run', 'toy-table2', '--results', results])
  await called([...words, '--output', file, '--plots', join(folder, 'drawn here')])
  const names = ['toy-table2-synthetic-curves-loss.svg']
  expect(readdirSync(join(folder, 'drawn here'))).toEqual(names)
  expect(readFileSync(file, 'utf8')).toContain(`](drawn%20here/${names[0]})`)
  // The curves are those of the nets behind the evaluations: two nets, three seeds each.
  const svg = readFileSync(join(folder, 'drawn here', names[0]!), 'utf8')
  expect(svg.match(/class="line run"/g)).toHaveLength(6)
  const wrong = await called([...words, '--format', 'csv', '--plots', folder])
  expect(wrong).toMatchObject({ code: 2, out: '' })
  expect(wrong.err).toContain('--plots is for --format markdown, found csv')
})

test('report all: the state of each, with a page and drawings, into a section', async () => {
  const { results } = await made()
  const folder = temporaryFolder()
  const file = join(folder, 'README.md')
  const markers = ['<!-- begin toy report all -->', '<!-- end toy report all -->']
  writeFileSync(file, `# Title\n\n${markers.join('\n')}\n`)
  const words = ['report', 'all', '--results', results]
  const { code, err } = await called([
    ...[...words, '--pages', join(folder, 'pages'), '--into', file],
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = readFileSync(file, 'utf8').split('\n')
  const row = (id: string) =>
    lines
      .find((line) => line.startsWith(`| [\`${id}\`](pages/${id}.md)`))!
      .split('|')
      .map((text) => text.trim())
  expect(row('toy-table1').slice(3, 5)).toEqual([
    ...['not run', expect.stringMatching(/^\*\*.*\*\*: 3 of 3 cells, 3 seeds; claims: /)],
  ])
  expect(row('toy-table2').slice(3, 5)).toEqual(['not run', 'not run'])
  expect(row('toy-count')[3]).toMatch(/^\*\*differs\*\*: 2 of 2 cells; numbers: 1 differs, 1 equal/)
  expect(readdirSync(join(folder, 'pages')).sort()).toEqual([
    ...['plots', 'toy-count.md', 'toy-faults.md', 'toy-table1.md', 'toy-table2.md'],
  ])
  const page = readFileSync(join(folder, 'pages/toy-table1.md'), 'utf8')
  expect(page).toContain('](plots/toy-table1-synthetic-plots.svg)')
  expect(readFileSync(join(folder, 'pages/toy-table2.md'), 'utf8')).toContain('not run')
  const json = JSON.parse((await called([...words, '--format', 'json'])).out) as object[]
  expect(json[0]).toMatchObject({ id: 'toy-table1', tier: 'synthetic', made: 3, cells: 3 })
})

test('report all: a tier that was made shorter alone is reported as that, with what was changed', async () => {
  const results = temporaryFolder()
  await called(['run', 'toy-table1', '--results', results, '--steps', '3', '--seeds', '1,2,3'])
  const { out } = await called(['report', 'all', '--results', results])
  const line = out.split('\n').find((text) => text.startsWith('| `toy-table1`'))
  expect(line).toContain('3 of 3 cells, 3 seeds, --steps 3; claims: ')
})

test('report and list name what was made at other settings, with the options that show it', async () => {
  const results = temporaryFolder()
  await called(['run', 'toy-table1', '--results', results, '--steps', '3', '--seeds', '1'])
  await called([
    ...['run', 'toy-table1', '--results', results, '--steps', '4', '--seeds', '1', '--only', 'A'],
  ])
  const there = '3 of 3 cells at --steps 3, 1 of 3 at --steps 4'
  const { out, err, code } = await called(['report', 'toy-table1', '--results', results])
  expect(code).toBe(0)
  expect(out).toContain('not run')
  const again = `toy report toy-table1 --tier synthetic --steps 3 --results ${results}`
  expect(err).toBe(`toy: nothing was made at these settings, but ${there}: ${again}\n`)
  expect((await called(again.split(' ').slice(1))).err).toBe('')
  const other = await called(['report', 'toy-table1', '--results', results, '--steps', '7'])
  expect(other.err).toContain(there)
  const list = await called(['list', '--results', results])
  expect(list.out).toMatch(new RegExp(`^ +not run; ${there}$`, 'm'))
  const listed = JSON.parse((await called(['list', '--json', '--results', results])).out) as {
    tiers: Record<string, object>
  }[]
  expect(listed[0]!.tiers['synthetic']).toMatchObject({
    elsewhere: [
      { settings: { steps: 3 }, made: 3, cells: 3 },
      { settings: { steps: 4 }, made: 1, cells: 3 },
    ],
  })
  expect(listed[0]!.tiers['imagenet']).toMatchObject({ elsewhere: [] })
  // What is there at the tier's own settings is named to those who ask for others.
  await called(['run', 'toy-table1', '--results', results, '--seeds', '1'])
  expect((await called(['report', 'toy-table1', '--results', results])).err).toBe('')
  expect(
    (await called(['report', 'toy-table1', '--results', results, '--steps', '7'])).err,
  ).toMatch(/but 3 of 3 cells at the tier’s own settings, 3 of 3 at --steps 3, /)
})

test('settings of another table that this one refuses are no hint for it, and no failure', async () => {
  const results = temporaryFolder()
  const picky = {
    ...toyTable1,
    id: 'picky',
    plan: (request: PlanRequest) => {
      if (request.settings['steps'] === 3) throw new RetableError('invalid-argument', 'not 3 steps')
      return toyTable1.plan(request as Parameters<typeof toyTable1.plan>[0])
    },
  }
  const reproductions = [toyTable1, picky]
  await called(['run', 'toy-table1', '--results', results, '--steps', '3', '--seeds', '1'])
  await called(['run', 'toy-table1', '--results', results, '--steps', '4', '--seeds', '1'])
  const { err, out, code } = await called(['list', '--results', results], { reproductions })
  expect({ err, code }).toEqual({ err: '', code: 0 })
  const hints = out.split('\n').filter((line) => line.includes('--steps'))
  expect(hints.map((line) => line.trim())).toEqual([
    'not run; 3 of 3 cells at --steps 3, 3 of 3 at --steps 4',
    'not run; 3 of 3 cells at --steps 4',
  ])
})

test.each(['markdown', 'html', 'latex', 'csv', 'json'])(
  'a report of nothing, as %s, says “not run” and is no failure',
  async (format) => {
    const words = ['report', 'toy-table1', '--results', temporaryFolder(), '--format', format]
    const { code, out, err } = await called(words)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    // Three cells by two metrics (once a cell in JSON's states), two claims; no number of ours anywhere.
    expect(out.match(/not run/g)!.length).toBeGreaterThanOrEqual(format === 'json' ? 5 : 6)
    expect(out).not.toMatch(/±\s*\d|NaN|undefined/)
  },
)

test('report --format ro-crate describes the run and its numbers', async () => {
  const { results } = await made()
  const words = ['report', 'toy-table1', '--results', results, '--format', 'ro-crate']
  const { out } = await called(words)
  const graph = (JSON.parse(out) as { '@graph': { '@id': string; name?: string }[] })['@graph']
  expect(graph.find((entity) => entity['@id'] === '#run')!.name).toContain('run toy-table1')
  expect(
    graph.filter(({ name }) => /^top1 of .*, seed \d+$/.test(name ?? '')).length,
  ).toBeGreaterThan(0)
})

test('report --output writes a file', async () => {
  const { results } = await made()
  const file = join(temporaryFolder(), 'table.md')
  await called(['report', 'toy-table1', '--results', results, '--output', file])
  expect(readFileSync(file, 'utf8')).toContain('### Toy nets')
})

test('--dry-run says what would be run, and touches nothing', async () => {
  const results = temporaryFolder()
  const { out } = await called([
    'run',
    'toy-table2',
    '--results',
    results,
    '--dry-run',
    '--seeds',
    '1',
  ])
  expect(out).toContain('6 to run, 0 have results')
  expect(out.indexOf('  A (seed 1)  train-toy')).toBeGreaterThan(0)
  expect(out.indexOf('  A (seed 1)')).toBeLessThan(
    out.indexOf('  A, 1 views (seed 1)  evaluate-toy'),
  )
  expect(readdirSync(results)).toEqual([])
})

test('run all makes every table and leaves out those that lack the tier', async () => {
  const results = temporaryFolder()
  const { out, err, code } = await called(
    ['run', 'all', '--results', results, '--tier', 'imagenet', '--seeds', '1'],
    { reproductions: toyOptions.reproductions },
  )
  expect(code).toBe(0)
  expect(err).toBe('toy: toy-faults left out: toy-faults has no imagenet tier; it has synthetic\n')
  for (const title of ['Toy nets (', 'Toy nets, several views', 'Letters'])
    expect(out).toContain(title)
})

test('run all refuses a tier that is none, and what leaves no table at all', async () => {
  const results = temporaryFolder()
  const { reproductions } = toyOptions
  const run = (...words: string[]) =>
    called(['run', 'all', '--results', results, ...words], { reproductions })
  const misspelt = await run('--tier', 'imagnet')
  expect(misspelt.code).toBe(2)
  expect(misspelt.err).toBe('toy: unknown tier "imagnet"; did you mean "imagenet"?\n')
  for (const more of [[], ['--budget', '1m']]) {
    const none = await run('--only', 'no-such-cell', ...more)
    expect(none.code).toBe(2)
    expect(none.err).toContain('"no-such-cell"')
    expect(none.err).not.toContain('left out')
  }
  expect(readdirSync(results)).toEqual([])
})

test('a damaged result of other settings keeps neither list nor report from the rest', async () => {
  const results = temporaryFolder()
  await called(['run', 'toy-table1', '--results', results, '--steps', '3'])
  const names = readdirSync(join(results, 'runs'))
  const file = join(results, 'runs', names[0]!)
  chmodSync(file, 0o644)
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))
  for (const words of [['list'], ['report', 'toy-table2']]) {
    const { code, out, err } = await called([...words, '--results', results])
    expect(code).toBe(words[0] === 'list' ? 1 : 0)
    expect(err).toContain('was cut short')
    expect(out).toContain('not run')
  }
})

test.each([
  ['verify', 'there is no folder'],
  ['status', 'there is no folder'],
  ['cancel', 'there is no folder'],
  ['work', 'nothing is queued in'],
])('%s of a folder that does not exist is refused, and makes none', async (word, sentence) => {
  const nowhere = join(temporaryFolder(), 'nowhere')
  const { err, code } = await called([word, '--results', nowhere])
  expect(err).toContain(`toy: ${sentence} ${nowhere}; `)
  expect(code).toBe(1)
  expect(existsSync(nowhere)).toBe(false)
})

test.each<[readonly string[], number, string]>([
  [['run', 'toy-tabel1'], 2, 'unknown reproduction "toy-tabel1"; did you mean "toy-table1"'],
  [['report', 'toy'], 2, 'unknown reproduction "toy"'],
  [
    ['run', 'toy-table1', '--tier', 'imagnet'],
    2,
    'unknown tier "imagnet"; did you mean "imagenet"?',
  ],
  [
    ['run', 'toy-table1', '--tier', 'cifar10'],
    2,
    'has no cifar10 tier; it has synthetic, imagenet',
  ],
  [['run', 'toy-table1', '--backend', 'cpuu'], 2, 'unknown backend "cpuu"; did you mean "cpu"?'],
  [['run', 'toy-table1', '--only', 'A,D'], 2, 'unknown cell of toy-table1 "D"'],
  [['run', 'toy-count', '--steps', '3'], 2, 'toy-count has no setting --steps'],
  [['report', 'toy-table1', '--format', 'markdwon'], 2, 'did you mean "markdown"?'],
  [['report', 'toy-table1', '--format', 'htm'], 2, 'did you mean "html"?'],
  [['report', 'all', '--format', 'csv'], 2, 'unknown format of all "csv"'],
  [['report', 'all', '--plots', 'x'], 2, '--plots is for one reproduction'],
  [
    ['report', 'toy-table1', '--into', 'x.md', '--format', 'html'],
    2,
    '--into is for --format markdown, found html',
  ],
  [
    ['report', 'all', '--into', 'x.md', '--format', 'json'],
    2,
    '--into is for --format markdown, found json',
  ],
  [
    ['report', 'toy-table1', '--into', 'x.md', '--output', 'o.md'],
    2,
    '--into and --output are two places; give one',
  ],
  [['report', 'toy-table1', '--pages', 'x'], 2, '--pages is for all, found toy-table1'],
  [['report', 'toy-table1', '--output', '/nowhere/x'], 1, 'cannot write /nowhere/x: there is no'],
  [
    ['run', 'toy-table1', '--seeds', '1,x'],
    2,
    'expected whole numbers of at least 0 separated by commas, got',
  ],
  [
    ['run', 'toy-table1', '--seeds', '1,,2'],
    2,
    'expected whole numbers of at least 0 separated by commas, got',
  ],
  [['run', 'toy-table1', '--seeds', '1,2,1'], 2, 'toy: --seeds names 1 twice: 1,2,1\n'],
  [['run', 'toy-table1', '--only', 'A,A'], 2, 'toy: --only names A twice: A,A\n'],
  [
    ['run', 'toy-table1', '--only', 'A', '--only', 'B'],
    2,
    'toy: --only is given twice; expected one list, separated by commas\n',
  ],
  [
    ['run', 'toy-table1', '--steps', '0'],
    2,
    "option '--steps <n>' argument '0' is invalid: expected a whole number of at least 1, got",
  ],
  [['report', 'toy-table1', '--steps', '2.5'], 2, 'expected a whole number of at least 1, got'],
  [['run', 'toy-faults', '--pause', '-1'], 2, 'expected a whole number of at least 0, got'],
  [['run', 'toy-table1', '--jobs', '0'], 2, 'whole number of at least 1'],
  [['run', 'toy-table1', '--seeds', '-1'], 2, 'whole numbers of at least 0 separated by commas'],
  [['run', 'toy-table1', '--seeds', '0x10'], 2, 'whole numbers of at least 0 separated by commas'],
  [['run', 'toy-table1', '--seeds', '1e3'], 2, 'whole numbers of at least 0 separated by commas'],
  [
    ['run', 'toy-table1', '--steps', '0x10'],
    2,
    'expected a whole number of at least 1, got "0x10"',
  ],
  [['run', 'toy-table1', '--jobs', '1e1'], 2, 'expected a whole number of at least 1, got "1e1"'],
  [['run', 'toy-table1', '--checkpoint-every', '0x1'], 2, 'minutes above 0, got "0x1"\n'],
  [['plan', '--rate', 'Infinity'], 2, 'expected a number above 0, such as 5e12, got "Infinity"\n'],
  [['run', 'toy-table1', '--browser', 'x'], 2, 'is invalid: expected headless or open\n'],
  [['run', 'toy-table1', '--max-seeds', '5'], 2, '--max-seeds needs --until-decided\n'],
  [['status', 'x'], 2, "too many arguments for 'status': expected 0, got 1\n"],
  [['help', 'nonsense'], 2, 'unknown command "nonsense"; known: list, plan, run'],
  [['help', 'rnu'], 2, 'unknown command "rnu"; did you mean "run"?\n'],
  [['plan', '--tier', 'nonsense'], 2, 'none of these tables has a nonsense tier; their tiers are'],
  [['plan', '--tier', 'imagnet'], 2, 'unknown tier "imagnet"; did you mean "imagenet"?'],
  [['run', 'toy-table1', '--tier', 'other'], 2, 'toy-table1 has no other tier; it has'],
  [
    ['run', 'toy-count', '--data', '/nowhere/data'],
    1,
    'there is no folder /nowhere to make data in',
  ],
  [['work', 'toy-table1', '--data', '/no/data'], 1, 'there is no folder /no to make data in'],
  [['run'], 2, "missing required argument 'ids'"],
  [['runn'], 2, 'Did you mean run?'],
  [['run', 'toy-table1', '--teir', 'x'], 2, 'Did you mean --tier?'],
])('%j: a sentence, no stack, exit %i', async (words, code, sentence) => {
  const found = await called(words)
  expect(found.err).toContain(sentence)
  expect(found.err).toMatch(/^toy: /)
  expect(found.err).not.toMatch(/^ +at /m)
  expect(found.code).toBe(code)
})

test('a damaged result stops run and report with its name, and verify lists it', async () => {
  const { results } = await made()
  const [name] = readdirSync(join(results, 'runs'))
  const file = join(results, 'runs', name!)
  chmodSync(file, 0o644)
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))
  for (const words of [
    ['run', 'toy-table1'],
    ['report', 'toy-table1'],
  ]) {
    const { code, err } = await called([...words, '--results', results])
    expect(code).toBe(1)
    expect(err).toContain(`result file ${file} was cut short`)
  }
  const { code, out } = await called(['verify', '--results', results])
  expect(code).toBe(1)
  expect(out).toContain(file)
  expect(out).toContain('9 results and 8 artifacts checked, 1 problem\n')
})

test('failing units are told once an error, the rest of the table is made, exit 1', async () => {
  const results = temporaryFolder()
  const failing = {
    openData: () => {
      throw new RetableError('not-found', 'no toy data in /nowhere; put toy.bin there')
    },
  }
  const { code, err, out } = await called(['run', 'toy-table1', '--results', results], failing)
  expect(code).toBe(1)
  expect(err).toBe(
    'toy: A (seed 1), B (seed 1), C (seed 1) and 6 more failed: no toy data in /nowhere; put toy.bin there\n',
  )
  // A table of which nothing was made would stand between the cause and this line.
  expect(out).not.toContain('not run')
  expect(out).not.toContain('Toy data. Why:')
})

test('a table of which something was made is printed although units failed', async () => {
  const words = ['run', 'toy-faults', '--only', 'good,thrown', '--results', temporaryFolder()]
  const { code, out } = await called(words)
  expect(code).toBe(1)
  expect(out).toMatch(/^thrown +.*not run/m)
})

test('a usage error names the help of the command that was typed', async () => {
  expect((await called(['run', '--nonsense'])).err).toMatch(/\n\(toy run --help says more\)\n$/)
  expect((await called(['nonsense'])).err).toMatch(/\n\(toy --help says more\)\n$/)
})

test('the helps of run and work say what each does', async () => {
  const helpOf = async (...words: string[]) => (await called(words)).out.replaceAll(/\s+/g, ' ')
  const run = await helpOf('run', '--help')
  expect(run).toContain('toy list ID shows the ids')
  expect(run).toContain('each table is still timed for a few seconds')
  expect(run).toContain('seeds of the last look (default: 20)')
  const work = await helpOf('help', 'work')
  expect(work).not.toContain('--budget')
  expect(work).not.toContain('with more than one')
  expect(work).toContain('units at a time (default: 1)')
})

test('cancel of a folder on which nobody works says so', async () => {
  const { results } = await made()
  const none = await called(['cancel', '--results', results])
  expect(none).toEqual({
    code: 0,
    err: '',
    out: `no workers are running units of ${results}, so none were stopped\n`,
  })
  const lease = takeLease(openStore(results).leasePath('0'.repeat(64)))
  const some = await called(['cancel', '--results', results])
  expect(some.out).toBe(`the workers on ${results} write checkpoints and end\n`)
  if (lease.taken) lease.release()
})

test('a backend that does not load is one error, before anything is run', async () => {
  const unavailable = {
    useBackend: () => {
      throw new RetableError('unavailable', 'backend cpu needs a processor')
    },
  }
  const { code, err, out } = await called(
    ['run', 'toy-table1', '--results', temporaryFolder()],
    unavailable,
  )
  expect({ code, err, out }).toEqual({
    code: 1,
    err: 'toy: backend cpu needs a processor\n',
    out: '',
  })
})

test('an unexpected error has a sentence, and its stack with --verbose', async () => {
  const broken = {
    listBackends: () => {
      throw new TypeError('x is not a function')
    },
  }
  const short = await called(['doctor'], broken)
  expect(short.code).toBe(1)
  expect(short.err).toContain('toy: x is not a function\n')
  expect(short.err).not.toMatch(/^ +at /m)
  expect((await called(['doctor', '--verbose'], broken)).err).toMatch(/^ +at /m)
  expect((await called(['doctor'], { ...broken, env: { DEBUG: '1' } })).err).toMatch(/^ +at /m)
})

test('list, doctor, help and version', async () => {
  const list = await called(['list'])
  expect(list.out).toContain('toy-table1  Toy nets\n    Toy & Toy 2020, Table 1\n    synthetic ')
  expect(list.out).toContain('counted, in every tier')
  const json = JSON.parse((await called(['list', '--json'])).out) as { id: string }[]
  expect(json.map(({ id }) => id)).toContain('toy-count')
  const doctor = await called(['doctor', '--data', '/somewhere'])
  expect(doctor.out).toContain('yes  cpu  always\n')
  expect(doctor.out).not.toContain('plain JavaScript')
  expect(doctor.out).toContain('yes  toy  /somewhere')
  expect(doctor.out).toMatch(/^Packages\n {2}@retable\/core 0\.0\.0\n {2}@retable\/harness \d/m)
  expect((await called(['doctor', '--verbose'])).out).toContain('plain JavaScript')
  expect((await called(['doctor'], { env: { RETABLE_DATA: '/env' } })).out).toContain('Data (/env)')
  const help = await called(['run', '--help'])
  expect(help.code).toBe(0)
  expect(help.out).toContain('--tier <tier>')
  expect(help.out).toContain('Examples:\n  toy run toy-table1')
  expect(help.out).not.toContain('--unit')
  expect(await called(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' })
})

test('--data, else RETABLE_DATA, else data reaches openData, though nothing is there', async () => {
  const seen: string[] = []
  const options = {
    openData: (_: unknown, { dir }: { dir: string }) => {
      seen.push(dir)
      return { fingerprint: 'x' }
    },
    env: { RETABLE_DATA: '/env' },
  }
  const words = ['run', 'toy-table1', '--only', 'A', '--seeds', '1', '--results']
  await called([...words, temporaryFolder()], options)
  const given = join(temporaryFolder(), 'to-be-made')
  await called([...words, temporaryFolder(), '--data', given], options)
  await called([...words, temporaryFolder(), '--data', ''], { ...options, env: {} })
  expect(seen).toEqual(['/env', given, 'data'])
})

test('a setting is in the help once, in the words of each table, and takes the same numbers in all', async () => {
  const faults = toyOptions.reproductions.find(({ id }) => id === 'toy-faults')!
  const withSteps = (steps: Override) => ({
    reproductions: [toyTable1, { ...faults, overrides: { steps } }],
  })
  const rounds = await called(['run', '--help'], withSteps({ help: 'rounds', takes: 'count' }))
  expect(rounds.out).toMatch(/--steps <n> +steps a net; of other tables: rounds\n/)
  const limit = await called(['run', '--help'], withSteps({ help: 'rounds', takes: 'limit' }))
  expect(limit.err).toContain(
    '--steps takes a whole number of at least 0 in toy-faults, and a whole number of at least 1 elsewhere',
  )
})

test('two reproductions of one id are refused', () => {
  const twice = { ...toyOptions, reproductions: [toyTable1, toyTable1] }
  expect(() => createCommand(twice)).toThrow('two reproductions are called "toy-table1"')
})

test('without --jobs the command’s owner says how many units run at a time, at most as many as there are', async () => {
  const asked: { readonly pending: number; readonly backend: string; readonly paper: boolean }[] =
    []
  const jobsFor: NonNullable<CommandOptions['jobsFor']> = ({ pending, ...rest }) => {
    asked.push({ pending: pending.length, ...rest })
    return 0
  }
  const results = temporaryFolder()
  const words = ['run', 'toy-table1', '--seeds', '1', '--results', results]
  expect((await called(words, { jobsFor })).code).toBe(0)
  expect(asked).toHaveLength(1)
  expect(asked[0]!.pending).toBeGreaterThan(1)
  expect(asked[0]!.paper).toBe(false)
  await called(words, { jobsFor })
  expect(asked[1]!.pending).toBe(0)
  await called([...words, '--jobs', '1'], { jobsFor })
  expect(asked).toHaveLength(2)
})

test('--until-decided adds seeds at stated looks to the cells of open claims alone, and reports judge by them', async () => {
  const results = temporaryFolder()
  const words = ['run', 'toy-table1', '--results', results, '--until-decided', '--max-seeds', '9']
  const run = await called(words)
  expect(run).toMatchObject({ code: 0, err: '' })
  const [, first, last] = /looks at (\d+)[\d, ]*, (\d+) seeds, each test at level 0\.0\d+/.exec(
    run.out,
  )!
  expect([Number(first), last]).toEqual([6, '9'])
  expect(run.out).toMatch(/toy-table1: 6 seeds: (every claim is decided|\d claims? open)/)
  const report = await reportOf('toy-table1', results)
  expect(report.claims[0]!.look).toMatchObject({ seeds: 6, looks: [6, 7, 8, 9] })
  expect(report.rules.join(' ')).toContain('at looks stated in advance: 6, 7, 8, 9 seeds')
  expect(report.provenance.warnings).toEqual([])
  // The looks are kept: another end would be another study.
  const longer = await called([...words.slice(0, -1), '12'])
  expect(longer).toMatchObject({ code: 2 })
  expect(longer.err).toContain('expected --max-seeds 9, got 12')
  expect((await called([...words, '--budget', '1h'])).err).toContain(
    '--until-decided chooses seeds and cells itself; leave --budget out',
  )
})

test('seeds that were added after results, without stated looks, are marked', async () => {
  const { results } = await made()
  expect((await reportOf('toy-table1', results)).provenance.warnings).toEqual([])
  await called(['run', 'toy-table1', '--results', results, '--seeds', '1,2,3,4,5'])
  const { warnings } = (await reportOf('toy-table1', results)).provenance
  expect(warnings).toEqual([
    expect.stringMatching(/^Seeds 4, 5 were added after the first results/),
  ])
  // Chosen from the start they are none of these.
  const planned = temporaryFolder()
  await called(['run', 'toy-table1', '--results', planned, '--seeds', '1,2,3,4,5'])
  expect((await reportOf('toy-table1', planned)).provenance.warnings).toEqual([])
  // Looks that were stated after five seeds had been run are said to.
  const until = ['--until-decided', '--max-seeds', '6']
  const late = await called(['run', 'toy-table1', '--results', planned, ...until])
  expect(late.out).toContain('The looks at 5, 6 seeds were stated after 5 seeds had been run')
})

test('another implementation’s results are imported, and stand beside ours with a difference and a verdict', async () => {
  const results = temporaryFolder()
  await called(['run', 'toy-table1', '--results', results, '--seeds', '1,2,3,4,5'])
  const ours = (await reportOf('toy-table1', results)).cells[0]!.numbers[0]!.values
  const near = Object.fromEntries(
    ours.map(({ seed, value }, i) => [seed, value + [0.1, -0.1, 0.2, 0, -0.2][i]!]),
  )
  const reference = {
    format: 'retable-reference',
    formatVersion: 1,
    ...{ implementation: 'PyTorch', reproduction: 'toy-table1', tier: 'synthetic' },
    overrides: {},
    paired: true,
    provenance: {
      command: 'python3 toy.py',
      packages: { torch: '2.15' },
      machine: 'two cores',
      made: '2026-11-29',
    },
    cells: { A: { top1: near }, B: { top1: { 1: 99, 2: 99.5, 3: 98.7, 4: 99.2, 5: 99.1 } } },
  }
  // By what it holds, not by its name.
  const file = join(temporaryFolder(), 'pytorch.txt')
  writeFileSync(file, JSON.stringify(reference))
  const imported = await called(['import', file, '--results', results])
  expect(imported).toMatchObject({ code: 0, err: '' })
  expect(imported.out).toContain('results of PyTorch for toy-table1, synthetic tier')
  const report = await reportOf('toy-table1', results)
  expect(report.references[0]!.numbers.map(({ comparison }) => comparison!.verdict)).toEqual([
    'equivalent',
    'different',
  ])
  expect(report.references[0]!.numbers[0]!.comparison).toMatchObject({ pExact: 1 / 32, margin: 1 })
  expect(report.references[0]!.numbers[0]!.comparison!.difference).toBeCloseTo(0, 10)
  const { out } = await called(['report', 'toy-table1', '--results', results])
  expect(out).toMatch(/\| ours − PyTorch +\|/)
  expect(out).toMatch(/^\| A .*\(5\) \|.*0\.0, equivalent \(±1\.0\) /m)
  expect(out).toContain('PyTorch: python3 toy.py; torch 2.15; made 2026-11-29 on two cores')
  expect(out).toContain('Ours is equivalent to another implementation’s if')
  const csv = await called(['report', 'toy-table1', '--results', results, '--format', 'csv'])
  expect(csv.out.split('\n').filter((line) => line.endsWith(',PyTorch'))).toHaveLength(10)
  // A number that repeats another recipe than the table's is left out, of seeds that are not planned too.
  const keys = new Map(
    planReproduction(toyTable1, { seeds: [1, 2, 3, 4, 5] }).cells.map(({ cell, units }) => [
      cell.id,
      Object.fromEntries([...units].map(([seed, unit]) => [seed, unitKey(unit)])),
    ]),
  )
  const units = { A: { ...keys.get('A'), 2: keys.get('B')![2] }, B: keys.get('A') }
  writeFileSync(file, JSON.stringify({ ...reference, units }))
  await called(['import', file, '--results', results])
  for (const seeds of ['1,2,3,4,5', '1,2,3']) {
    const later = await reportOf('toy-table1', results, '--seeds', seeds)
    expect(later.references[0]!.numbers).toMatchObject([{ cell: 'A', n: 4 }])
    expect(later.references[0]!.numbers[0]!.values.map(({ seed }) => seed)).toEqual([1, 3, 4, 5])
    expect(later.provenance.warnings).toContain(
      'PyTorch’s numbers of A, B are left out: they repeat a recipe that this table no longer has.',
    )
  }
  // At other settings it is not shown, and a file of another form is refused by its first fault.
  const other = await reportOf('toy-table1', results, '--steps', '3')
  expect(other.references).toEqual([])
  writeFileSync(file, JSON.stringify({ ...reference, cells: { A: { top1: { one: 1 } } } }))
  const bad = await called(['import', file, '--results', results])
  expect(bad).toMatchObject({
    code: 1,
    err: `toy: ${file}: cells.A.top1: expected seeds, got "one"\n`,
  })
  expect((await called(['verify', '--results', results])).code).toBe(0)
})
