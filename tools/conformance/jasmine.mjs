// Runs one bundle of specs and keeps the counts in a file as it goes, so that a crash leaves what was known.
import { renameSync, writeFileSync } from 'node:fs'
import Jasmine from 'jasmine'

const [bundle, result, filter, timeout] = process.argv.slice(2)
const asPattern = /^\/(.*)\/([a-z]*)$/.exec(filter)
const matches = asPattern
  ? (name) => new RegExp(asPattern[1], asPattern[2]).test(name)
  : (name) => name.toLowerCase().includes(filter.toLowerCase())

const start = Date.now()
const report = { passed: [], failed: [], skipped: 0, running: null, seconds: 0 }
const write = () => {
  report.seconds = Math.round((Date.now() - start) / 100) / 10
  writeFileSync(`${result}.tmp`, JSON.stringify(report))
  renameSync(`${result}.tmp`, result)
}
// A backend's name and flags end the name of each describe; they say nothing here.
const shortName = (name) => name.replace(/ \{\}/g, '').trim()

const runner = new Jasmine()
runner.exitOnCompletion = false
runner.loadConfig({ spec_dir: '.', random: false, stopSpecOnExpectationFailure: true })
runner.jasmine.DEFAULT_TIMEOUT_INTERVAL = Number(timeout)
runner.env.configure({
  random: false,
  forbidDuplicateNames: false,
  specFilter: (s) => matches(s.getFullName()),
})
runner.clearReporters()
runner.addReporter({
  specStarted: ({ fullName }) => {
    report.running = shortName(fullName)
    if ((report.passed.length + report.failed.length) % 25 === 0) write()
  },
  specDone: ({ fullName, status, failedExpectations }) => {
    if (status === 'passed') report.passed.push(shortName(fullName))
    else if (status === 'failed') {
      const message = String(failedExpectations[0]?.message ?? '')
        .split('\n')[0]
        .slice(0, 300)
      report.failed.push({ name: shortName(fullName), message })
    } else report.skipped += 1
  },
})

// The suite logs and warns on purpose in places; what it reports is in the result.
for (const level of ['log', 'warn', 'info', 'debug']) console[level] = () => {}
process.on('unhandledRejection', () => {})

await import(bundle)
await runner.execute()
report.running = null
write()
process.exit(0)
