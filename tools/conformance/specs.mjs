// Which specs are run and what is kept of each, for the run in Node (jasmine.mjs) and the run in a page (page.mjs).

// A backend's name and flags end the name of each describe; they say nothing here.
const shortName = (name) => name.replace(/ \{[^{}]*\}/g, '').trim()

/** What the environment of jasmine is configured with: `filter` is a part of a spec's name, or a `/pattern/`. */
export const configuration = (filter) => {
  const asPattern = /^\/(.*)\/([a-z]*)$/.exec(filter)
  const matches = asPattern
    ? (name) => new RegExp(asPattern[1], asPattern[2]).test(name)
    : (name) => name.toLowerCase().includes(filter.toLowerCase())
  return {
    random: false,
    forbidDuplicateNames: false,
    stopSpecOnExpectationFailure: true,
    specFilter: (spec) => matches(spec.getFullName()),
  }
}

/** A report and the reporter of jasmine that fills it; `write` is called with it now and then, and by `end`. */
export const collector = (write) => {
  const start = Date.now()
  const report = { passed: [], failed: [], skipped: 0, running: null, seconds: 0 }
  const save = () => {
    report.seconds = Math.round((Date.now() - start) / 100) / 10
    return write(report)
  }
  return {
    reporter: {
      specStarted: ({ fullName }) => {
        report.running = shortName(fullName)
        if ((report.passed.length + report.failed.length) % 25 === 0) return save()
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
    },
    end: () => {
      report.running = null
      return save()
    },
  }
}
