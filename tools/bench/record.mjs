import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const history = new URL('history/', import.meta.url)
const git = (...args) =>
  spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout.trim()

const quoted = (word) => (word.includes(' ') ? `"${word}"` : word)

/** What a benchmark's record says of the run: when, at which commit, by which command, on what. */
export const aboutRun = (name, { threads, pytorch = null, bestConvolution = null }) => ({
  date: new Date().toISOString(),
  commit: git('rev-parse', '--short', 'HEAD'),
  changed: git('status', '--porcelain', '--untracked-files=no') !== '',
  command: ['node', `tools/bench/${name}.mjs`, ...process.argv.slice(2)].map(quoted).join(' '),
  processor: cpus()[0]?.model,
  cores: cpus().length,
  threads,
  node: process.version,
  pytorch,
  bestConvolution,
})

/** Writes a record into a file, and into the benchmark's folder of the history, if they are asked for. */
export const writeRecord = (name, record, { json, history: kept }) => {
  const text = `${JSON.stringify(record, null, 2)}\n`
  if (json) writeFileSync(json, text)
  if (!kept) return
  mkdirSync(new URL(`${name}/`, history), { recursive: true })
  writeFileSync(new URL(`${name}/${record.date.slice(0, 10)}-${record.commit}.json`, history), text)
}

/** A benchmark's records, newest first. */
export const readRecords = (name) =>
  readdirSync(new URL(`${name}/`, history))
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(new URL(`${name}/${file}`, history), 'utf8')))
    .toSorted((a, b) => (a.date < b.date ? 1 : -1))
