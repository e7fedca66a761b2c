// Runs one bundle of specs in Node and keeps the counts in a file as it goes, so that a crash leaves what was known.
import { renameSync, writeFileSync } from 'node:fs'
import Jasmine from 'jasmine'
import { collector, configuration } from './specs.mjs'

const [bundle, result, filter, timeout] = process.argv.slice(2)

const { reporter, end } = collector((report) => {
  writeFileSync(`${result}.tmp`, JSON.stringify(report))
  renameSync(`${result}.tmp`, result)
})

const runner = new Jasmine()
runner.exitOnCompletion = false
runner.loadConfig({ spec_dir: '.' })
runner.jasmine.DEFAULT_TIMEOUT_INTERVAL = Number(timeout)
runner.env.configure(configuration(filter))
runner.clearReporters()
runner.addReporter(reporter)

// The suite logs and warns on purpose in places; what it reports is in the result.
for (const level of ['log', 'warn', 'info', 'debug']) console[level] = () => {}
process.on('unhandledRejection', () => {})

await import(bundle)
await runner.execute()
end()
process.exit(0)
