// The page's half: brings jasmine up before the specs are evaluated, and runs them.
import jasmineRequire from 'jasmine-core/lib/jasmine-core/jasmine.js'
import { collector, configuration } from './specs.mjs'

const core = jasmineRequire.core(jasmineRequire)
const environment = core.getEnv()
Object.assign(globalThis, jasmineRequire.interface(core, environment))

/** Runs the specs that were described so far; `globalThis.retableReport` (run.mjs) is given the report as it grows. */
export const run = async (filter, timeout) => {
  core.DEFAULT_TIMEOUT_INTERVAL = timeout
  environment.configure(configuration(filter))
  const { reporter, end } = collector((report) => globalThis.retableReport(report))
  environment.addReporter(reporter)
  await environment.execute()
  await end()
}
