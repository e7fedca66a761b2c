#!/usr/bin/env node
// Runs tfjs-core's own conformance suite (about 4,230 specs, from its npm tarball) against a backend: webgl and webgpu
// in headless Chromium, on SwiftShader, the others in Node.
//
//   node tools/conformance/run.mjs <backend> [--filter TEXT|/REGEX/] [--json FILE] [--options JSON]
//                                  [--setup FILE] [--expect FILE] [--list] [--timeout MS]
//
// Prints the specs passed, failed and skipped, and writes them by name as JSON. --setup names a module that
// exports `setup()`, which registers the backend by another road than useBackend. --expect names a JSON file
// with the names of specs that are known to fail ({ "failed": [{ "name" }] }, as --json writes it): the exit
// code is then 0 as long as nothing else fails. Runs may go on side by side.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { browserBackends, bundleSuite } from './bundle.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')

const usage =
  'usage: node tools/conformance/run.mjs <backend> [--filter TEXT|/REGEX/] [--json FILE] [--options JSON] [--setup FILE] [--expect FILE] [--list] [--timeout MS]'

const fail = (message) => {
  console.error(message)
  process.exit(2)
}

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        filter: { type: 'string' },
        json: { type: 'string' },
        options: { type: 'string' },
        setup: { type: 'string' },
        expect: { type: 'string' },
        timeout: { type: 'string', default: '20000' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    return fail(`${error.message}\n${usage}`)
  }
}

const { values, positionals } = readArguments()
const [backend] = positionals
if (values.help) {
  console.log(usage)
  process.exit(0)
}
if (!backend || positionals.length > 1) fail(usage)

const cache = join(root, 'node_modules/.cache/retable-conformance')
mkdirSync(cache, { recursive: true })
const work = join(cache, `${backend}-${process.pid}`)
const bundle = `${work}.mjs`
const result = `${work}.json`
const cleanUp = () => [bundle, result, `${bundle}.map`].forEach((f) => rmSync(f, { force: true }))
process.on('exit', cleanUp)

await bundleSuite({
  outfile: bundle,
  backend,
  options: values.options ? JSON.parse(values.options) : {},
  setup: values.setup && resolve(values.setup),
})

// A child process, so that a backend that brings the process down is a failure by name and not a silence.
const child = spawn(
  process.execPath,
  [
    '--max-old-space-size=6144',
    join(here, browserBackends.includes(backend) ? 'chromium.mjs' : 'jasmine.mjs'),
    bundle,
    result,
    values.filter ?? '',
    values.timeout,
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
const code = await new Promise((done) => child.on('exit', (c, signal) => done(c ?? signal)))

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
let report
try {
  report = read(result)
} catch {
  fail(`the suite ended before its time (exit ${code}); nothing was counted`)
}
report.backend = backend
if (code !== 0) report.crashed = `exit ${code} during "${report.running}"`
const text = `${JSON.stringify(report, null, 2)}\n`
if (values.json) {
  writeFileSync(`${values.json}.tmp`, text)
  renameSync(`${values.json}.tmp`, values.json)
}
if (values.list || report.failed.length <= 20) {
  for (const { name, message } of report.failed) console.log(`FAILED ${name}\n       ${message}`)
}
const known = new Set(values.expect ? read(values.expect).failed.map(({ name }) => name) : [])
const fresh = report.failed.filter(({ name }) => !known.has(name))
const cured =
  values.expect && !values.filter ? known.size - (report.failed.length - fresh.length) : 0
if (values.expect) {
  for (const { name, message } of fresh) console.log(`NEW FAILURE ${name}\n       ${message}`)
  if (cured > 0) console.log(`${cured} of the expected failures passed: write the list again`)
}
if (report.crashed) console.log(`CRASHED ${report.crashed}`)
console.log(
  `${backend}: ${report.passed.length} passed, ${report.failed.length} failed, ${report.skipped} skipped` +
    ` of ${report.passed.length + report.failed.length} specs in ${report.seconds} s`,
)
process.exitCode = report.crashed || fresh.length > 0 || report.passed.length === 0 ? 1 : 0
